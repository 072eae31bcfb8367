// What a model makes of data with labels, counted while the samples pass by.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

namespace treadle::tool {

struct Measured {
  ClassificationReport report;
  double loss = 0;  // mean over the samples
};

/// Memory does not depend on the number of samples. A Failure when reading fails.
Measured measure(const Model& model, const data::Samples& samples, std::size_t threads);

/// Rows of counts.
nlohmann::ordered_json confusion_json(const ClassificationReport& report);

}  // namespace treadle::tool
