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

/// Precision and recall of each class, and the accuracy, from the counts.
void derive(ClassificationReport& report) {
  report.precision.resize(report.classes);
  report.recall.resize(report.classes);
  std::vector<std::uint64_t> occurs = report.undecided, chosen(report.classes);
  std::uint64_t correct = 0;
  for (std::size_t target = 0; target < report.classes; ++target)
    for (std::size_t predicted = 0; predicted < report.classes; ++predicted) {
      const std::uint64_t count = report.confusion[target * report.classes + predicted];
      occurs[target] += count;
      chosen[predicted] += count;
    }
  for (std::size_t i = 0; i < report.classes; ++i) {
    const std::uint64_t hits = report.confusion[i * report.classes + i];
    report.precision[i] = ratio(hits, chosen[i]);
    report.recall[i] = ratio(hits, occurs[i]);
    correct += hits;
  }
  report.accuracy = ratio(correct, report.samples);
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
    ClassificationReport report;
    report.classes = classes;
    report.samples = targets.size();
    report.confusion.resize(*cells);
    report.undecided.resize(classes);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto target = static_cast<std::size_t>(targets[i]);
      if (predicted[i] == no_class)
        ++report.undecided[target];
      else
        ++report.confusion[target * classes + static_cast<std::size_t>(predicted[i])];
    }
    derive(report);
    return report;
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
    ClassificationReport report;
    report.classes = classes;
    report.confusion = std::move(confusion);
    report.undecided = std::move(undecided);
    report.undecided.resize(classes);
    for (const std::uint64_t count : report.confusion) report.samples += static_cast<std::size_t>(count);
    for (const std::uint64_t count : report.undecided) report.samples += static_cast<std::size_t>(count);
    derive(report);
    return report;
  });
}

}  // namespace treadle
