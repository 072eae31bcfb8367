// All sizes of a sweep, one after another, within its budget.
#pragma once

#include <vector>

#include "sweep_log.hpp"
#include "sweep_run.hpp"

namespace treadle::tool {

struct SweepSizes {
  /// In the order in which they are measured: the largest first, since what the fast ones leave of their share of the
  /// budget is for the slow ones. Each one's max_seconds is worked out then.
  std::vector<SweepSize> sizes;
  double budget = 0;  ///< seconds of the whole sweep
  bool quiet = false;
};

/// Measures what `log` does not have yet, adds it there, and gives what does not fit. When setting.stop has ended it
/// something is missing. Tells on standard error how it goes on. A Failure if nothing fits.
std::vector<SweepMisfit> measure_sizes(const SweepSetting& setting, const SweepSizes& todo, SweepLog& log);

}  // namespace treadle::tool
