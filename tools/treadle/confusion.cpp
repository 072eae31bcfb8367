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
  std::vector<std::uint64_t> confusion, undecided;
  double loss = 0;  // sum over the samples

  bool add(const PredictedBatch& batch) {
    confusion.resize(batch.classes * batch.classes);
    undecided.resize(batch.classes);
    for (std::size_t i = 0; i < batch.targets.size(); ++i) {
      const auto target = static_cast<std::size_t>(batch.targets[i]);
      loss += negative_log_probability(batch.logits.subspan(i * batch.classes, batch.classes), target);
      if (batch.predicted[i] == no_class)
        ++undecided[target];
      else
        ++confusion[target * batch.classes + static_cast<std::size_t>(batch.predicted[i])];
    }
    return true;
  }
};

}  // namespace

Measured measure(const Model& model, const data::Samples& samples, std::size_t threads) {
  Counts counts;
  predict(
      model, samples, [&](const PredictedBatch& batch) { return counts.add(batch); }, predict_batch_size, threads)
      .value();
  const std::size_t classes = model.output().value().elements().value();
  Measured measured{classification_report(std::move(counts.confusion), classes, std::move(counts.undecided)).value()};
  measured.loss = counts.loss / static_cast<double>(measured.report.samples);
  return measured;
}

nlohmann::ordered_json confusion_json(const ClassificationReport& report) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < report.classes; ++i) {
    const auto row = report.confusion.begin() + static_cast<std::ptrdiff_t>(i * report.classes);
    rows.push_back(std::vector<std::uint64_t>(row, row + static_cast<std::ptrdiff_t>(report.classes)));
  }
  return rows;
}

}  // namespace treadle::tool
