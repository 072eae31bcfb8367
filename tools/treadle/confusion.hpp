// What a model makes of data with labels, counted while the samples pass by.
#pragma once

#include <treadle/training.hpp>

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

namespace treadle::tool {

/// With more classes no confusion matrix is counted: its memory and its text grow with their square.
inline constexpr std::size_t most_confusion_classes = 1000;

struct Measured {
  ClassificationReport report;
  double loss = 0;  // mean over the samples
};

/// Memory does not depend on the number of samples. Above most_confusion_classes the report has no matrix. A Failure
/// when reading fails.
Measured measure(const Model& model, const data::Samples& samples, std::size_t threads);

/// Rows of counts; none without a matrix.
nlohmann::ordered_json confusion_json(const ClassificationReport& report);
/// What result.json has of each class: {"samples":[...],"predicted":[...],"correct":[...]}.
nlohmann::ordered_json class_counts_json(const ClassificationReport& report);

}  // namespace treadle::tool
