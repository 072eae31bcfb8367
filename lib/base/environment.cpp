#include "base/environment.hpp"

#include <cstdlib>

namespace treadle::base {

const char* environment(const char* name) noexcept { return std::getenv(name); }

}  // namespace treadle::base
