// A sweep for its readers: a table in the terminal, a page with plots, JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sweep_result.hpp"

namespace treadle::tool {

/// What a sweep has measured, by batch size, then threads.
struct Sweep {
  std::string title;           ///< of what: "mlp on fashion-mnist"
  nlohmann::ordered_json job;  ///< options and what else must agree for it to go on
  double target = 0;           ///< accuracy
  double equal_seconds = 0;
  std::size_t epochs = 0;            ///< of each size at equal epochs
  std::vector<SweepResult> results;  ///< at least one
  std::vector<SweepMisfit> misfits = {};
  std::size_t missing = 0;  ///< sizes that are still to be measured
};

std::string sweep_text(const Sweep& sweep);
std::string sweep_page(const Sweep& sweep);
nlohmann::ordered_json sweep_json(const Sweep& sweep);

}  // namespace treadle::tool
