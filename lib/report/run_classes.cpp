#include "report/run_classes.hpp"

#include <algorithm>
#include <numeric>

#include "report/markup.hpp"
#include "report/run_parts.hpp"

namespace treadle::reporting {
namespace {

constexpr std::size_t widest_matrix = 50;  // classes; the CSV and the JSON have a wider one

void add_largest(Page& page, const RunRecord& run) {
  constexpr std::size_t most = 30;
  std::vector<std::vector<std::string>> rows;
  for (const Confusion& one : largest_confusions(run, most))
    rows.push_back({class_name(run, one.target), class_name(run, one.predicted), std::to_string(one.count),
                    decimal(100 * one.share, 2)});
  if (rows.empty()) return;
  page.paragraph("What is taken for another class most often:");
  page.table({"target", "predicted", "samples", "% of the target's"}, rows);
}

void add_matrix(Page& page, const RunRecord& run) {
  page.heading("Confusion matrix");
  const std::string classes = std::to_string(run.classes);
  if (run.confusion.empty()) {
    page.paragraph("Of so many classes, " + classes + ", no matrix was counted.");
  } else if (run.classes > widest_matrix) {
    page.paragraph("Of the validation data, with the parameters that the model was written with. It has " + classes +
                   " classes; the JSON and the CSV have all counts.");
    add_largest(page, run);
  } else {
    page.paragraph("Of the validation data, with the parameters that the model was written with.")
        .confusion(run.confusion, run.classes, run.class_names);
  }
}

/// All of them, or of very many those that are found least.
void add_figures(Page& page, const RunRecord& run) {
  constexpr std::size_t most = 100;
  std::vector<std::size_t> shown(run.classes);
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (run.classes > most) {
    std::erase_if(shown, [&](std::size_t i) { return run.by_class[i].samples == 0; });
    std::stable_sort(shown.begin(), shown.end(),
                     [&](std::size_t a, std::size_t b) { return recall(run.by_class[a]) < recall(run.by_class[b]); });
    shown.resize(std::min(most, shown.size()));
  }
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t i : shown) {
    const ClassRecord& counts = run.by_class[i];
    rows.push_back({class_name(run, i), std::to_string(counts.samples), decimal(100 * precision(counts), 2),
                    decimal(100 * recall(counts), 2)});
  }
  page.heading("Classes").paragraph(
      std::string(
          "Precision is the share of a class's predictions that are right, recall the share of its samples that "
          "are found.") +
      (run.classes > most ? " The 100 classes with the least recall; the JSON and the CSV have all." : ""));
  page.table({"class", "samples", "precision %", "recall %"}, rows);
}

}  // namespace

void add_classes(Page& page, const RunRecord& run) {
  if (run.classes == 0) return;
  add_matrix(page, run);
  if (!run.by_class.empty()) add_figures(page, run);
}

}  // namespace treadle::reporting
