// Counts predictions against targets.
#include <treadle/training.hpp>

#include <exception>
#include <utility>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"

namespace treadle {
namespace {

/// `least` is 0, or no_class where that is allowed.
Result<void> check_classes(std::span<const std::int32_t> numbers, const char* what, std::size_t classes,
                           std::int32_t least) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] < least || (numbers[i] >= 0 && static_cast<std::size_t>(numbers[i]) >= classes))
      return Error{ErrorCode::invalid_argument, Message{"classification_report: "}
                                                    << what << ' ' << i << " is " << numbers[i]
                                                    << "; expected a class in 0 ... " << classes - 1};
  return {};
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// From the matrix and the undecided samples of each class.
std::vector<ClassCounts> count_classes(const std::vector<std::uint64_t>& confusion,
                                       const std::vector<std::uint64_t>& undecided) {
  const std::size_t classes = undecided.size();
  std::vector<ClassCounts> by_class(classes);
  for (std::size_t target = 0; target < classes; ++target) {
    by_class[target].undecided = undecided[target];
    by_class[target].samples += undecided[target];
    by_class[target].correct = confusion[target * classes + target];
    for (std::size_t predicted = 0; predicted < classes; ++predicted) {
      by_class[target].samples += confusion[target * classes + predicted];
      by_class[predicted].predicted += confusion[target * classes + predicted];
    }
  }
  return by_class;
}

/// All that follows from the counts of each class.
ClassificationReport derive(std::vector<ClassCounts> by_class) {
  ClassificationReport report;
  report.classes = by_class.size();
  std::uint64_t samples = 0, correct = 0;
  for (const ClassCounts& counts : by_class) {
    report.precision.push_back(ratio(counts.correct, counts.predicted));
    report.recall.push_back(ratio(counts.correct, counts.samples));
    samples += counts.samples;
    correct += counts.correct;
  }
  report.samples = static_cast<std::size_t>(samples);
  report.accuracy = ratio(correct, samples);
  report.by_class = std::move(by_class);
  return report;
}

ClassificationReport derive(std::vector<std::uint64_t> confusion, const std::vector<std::uint64_t>& undecided) {
  ClassificationReport report = derive(count_classes(confusion, undecided));
  report.confusion = std::move(confusion);
  return report;
}

}  // namespace

Result<ClassificationReport> classification_report(std::span<const std::int32_t> targets,
                                                   std::span<const std::int32_t> predicted, std::size_t classes) {
  if (targets.size() != predicted.size())
    return Error{ErrorCode::shape_mismatch, Message{"classification_report: expected as many predictions as targets, "}
                                                << targets.size() << ", got " << predicted.size()};
  if (classes == 0)
    return Error{ErrorCode::invalid_argument, "classification_report: expected at least 1 class, got 0"};
  if (const auto valid = check_classes(targets, "target", classes, 0); !valid) return valid.error();
  if (const auto valid = check_classes(predicted, "prediction", classes, no_class); !valid) return valid.error();
  const auto cells = (base::CheckedSize{classes} * classes).value("the size of the confusion matrix");
  if (!cells) return cells.error();

  try {
    std::vector<std::uint64_t> confusion(*cells), undecided(classes);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto target = static_cast<std::size_t>(targets[i]);
      if (predicted[i] == no_class)
        ++undecided[target];
      else
        ++confusion[target * classes + static_cast<std::size_t>(predicted[i])];
    }
    return derive(std::move(confusion), undecided);
  } catch (const std::exception&) {
  }
  return Error{ErrorCode::out_of_memory,
               Message{"classification_report: no memory for a confusion matrix of "} << classes << " classes"};
}

Result<ClassificationReport> classification_report(std::vector<std::uint64_t> confusion, std::size_t classes,
                                                   std::vector<std::uint64_t> undecided) {
  const auto cells = (base::CheckedSize{classes} * classes).value("the size of the confusion matrix");
  if (!cells) return cells.error();
  if (classes == 0 || confusion.size() != *cells)
    return Error{ErrorCode::shape_mismatch,
                 Message{"classification_report: expected the square of the number of classes, "}
                     << *cells << " counts and at least 1, got " << confusion.size()};
  if (!undecided.empty() && undecided.size() != classes)
    return Error{ErrorCode::shape_mismatch, Message{"classification_report: expected undecided samples of "}
                                                << classes << " classes, got " << undecided.size()};
  return base::or_out_of_memory("classification_report", [&]() -> Result<ClassificationReport> {
    undecided.resize(classes);
    return derive(std::move(confusion), undecided);
  });
}

Result<ClassificationReport> classification_report(std::vector<ClassCounts> by_class) {
  if (by_class.empty())
    return Error{ErrorCode::shape_mismatch, "classification_report: expected the counts of at least 1 class, got 0"};
  std::uint64_t samples = 0, predicted = 0;
  for (std::size_t i = 0; i < by_class.size(); ++i) {
    const ClassCounts& counts = by_class[i];
    if (counts.correct > counts.predicted || counts.undecided > counts.samples ||
        counts.correct > counts.samples - counts.undecided)
      return Error{ErrorCode::invalid_argument, Message{"classification_report: class "}
                                                    << i << " has " << counts.samples << " samples, "
                                                    << counts.undecided << " of them undecided, and is predicted "
                                                    << counts.predicted << " times, of which " << counts.correct
                                                    << " cannot be right"};
    samples += counts.samples;
    predicted += counts.predicted + counts.undecided;
  }
  if (samples != predicted)
    return Error{ErrorCode::invalid_argument,
                 Message{"classification_report: expected a prediction or none for each of "}
                     << samples << " samples, got " << predicted};
  return base::or_out_of_memory("classification_report",
                                [&]() -> Result<ClassificationReport> { return derive(std::move(by_class)); });
}

}  // namespace treadle
