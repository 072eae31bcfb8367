#include "base/environment.hpp"

namespace treadle::base {

const char* environment(const char*) noexcept { return nullptr; }

}  // namespace treadle::base
