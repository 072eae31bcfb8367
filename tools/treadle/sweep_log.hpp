// What a sweep has measured, a line for each size, so that an interrupted one goes on.
#pragma once

#include <treadle/run_log.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sweep_result.hpp"

namespace treadle::tool {

class SweepLog {
 public:
  /// Reads what a sweep of the same `job` has left in `path`, or begins the file, also when one of another job has
  /// measured nothing yet. A Failure when it is another's, and names the first option that differs.
  SweepLog(const std::string& path, const nlohmann::ordered_json& job);

  const std::vector<SweepResult>& results() const noexcept { return results_; }

  /// On the disk when this returns.
  void add(const SweepResult& result);

 private:
  LineFile file_;
  std::vector<SweepResult> results_;
};

}  // namespace treadle::tool
