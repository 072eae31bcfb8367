#include "confusion.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "options.hpp"
#include "softmax.hpp"

namespace treadle::tool {
namespace {

struct Counts {
  std::vector<ClassCounts> by_class;
  std::vector<std::uint64_t> confusion;
  double loss = 0;  // sum over the samples

  explicit Counts(std::size_t classes)
      : by_class(classes), confusion(classes <= most_confusion_classes ? classes * classes : 0) {}

  bool add(const PredictedBatch& batch) {
    for (std::size_t i = 0; i < batch.targets.size(); ++i) {
      const auto target = static_cast<std::size_t>(batch.targets[i]);
      loss += negative_log_probability(batch.logits.subspan(i * batch.classes, batch.classes), target);
      ++by_class[target].samples;
      if (batch.predicted[i] == no_class) {
        ++by_class[target].undecided;
        continue;
      }
      const auto predicted = static_cast<std::size_t>(batch.predicted[i]);
      ++by_class[predicted].predicted;
      if (predicted == target) ++by_class[target].correct;
      if (!confusion.empty()) ++confusion[target * batch.classes + predicted];
    }
    return true;
  }
};

}  // namespace

Measured measure(const Model& model, const data::Samples& samples, std::size_t threads) {
  Counts counts(model.output().value().elements().value());
  predict(
      model, samples, [&](const PredictedBatch& batch) { return counts.add(batch); }, predict_batch_size, threads)
      .value();
  Measured measured{classification_report(std::move(counts.by_class)).value()};
  measured.report.confusion = std::move(counts.confusion);
  measured.loss = counts.loss / static_cast<double>(measured.report.samples);
  return measured;
}

nlohmann::ordered_json confusion_json(const ClassificationReport& report) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  if (report.confusion.empty()) return rows;
  for (std::size_t i = 0; i < report.classes; ++i) {
    const auto row = report.confusion.begin() + static_cast<std::ptrdiff_t>(i * report.classes);
    rows.push_back(std::vector<std::uint64_t>(row, row + static_cast<std::ptrdiff_t>(report.classes)));
  }
  return rows;
}

nlohmann::ordered_json class_counts_json(const ClassificationReport& report) {
  nlohmann::ordered_json object;
  const auto add = [&](const char* name, std::uint64_t ClassCounts::*count) {
    nlohmann::ordered_json& column = object[name] = nlohmann::ordered_json::array();
    for (const ClassCounts& counts : report.by_class) column.push_back(counts.*count);
  };
  add("samples", &ClassCounts::samples);
  add("predicted", &ClassCounts::predicted);
  add("correct", &ClassCounts::correct);
  return object;
}

}  // namespace treadle::tool
