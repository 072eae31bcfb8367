#include "base/executors.hpp"

namespace treadle::base {

Result<std::shared_ptr<Executor>> make_tbb_executor(std::size_t) {
  return Error{ErrorCode::unsupported, "this build has no oneTBB (TREADLE_WITH_TBB is OFF)"};
}

bool has_tbb() noexcept { return false; }

}  // namespace treadle::base
