// treadle evaluate: how well a model does on data, class by class.
#include <treadle/training.hpp>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "commands.hpp"
#include "confusion.hpp"
#include "data_options.hpp"
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

// A wider matrix is no longer readable; --json has it all the same.
constexpr std::size_t widest_matrix = 25;

struct EvaluateOptions {
  DataOptions data;
  PartOption part;
  std::string model;
  std::size_t threads = 1;
  bool json = false;
};

std::uint64_t undecided(const ClassificationReport& report) {
  return std::accumulate(report.by_class.begin(), report.by_class.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const ClassCounts& counts) { return sum + counts.undecided; });
}

std::string confusion_text(const ClassificationReport& report) {
  if (report.confusion.empty())
    return "(no confusion matrix: of more than " + grouped(most_confusion_classes) + " classes none is counted)\n";
  if (report.classes > widest_matrix)
    return "(the confusion matrix of " + std::to_string(report.classes) + " classes is in the output of --json)\n";
  std::vector<std::string> head = {"target \\ predicted"};
  for (std::size_t i = 0; i < report.classes; ++i) head.push_back(std::to_string(i));
  const bool all_decided = undecided(report) == 0;
  if (!all_decided) head.push_back("none");
  Table table(std::move(head));
  for (std::size_t target = 0; target < report.classes; ++target) {
    std::vector<std::string> row = {std::to_string(target)};
    for (std::size_t i = 0; i < report.classes; ++i)
      row.push_back(std::to_string(report.confusion[target * report.classes + i]));
    if (!all_decided) row.push_back(std::to_string(report.by_class[target].undecided));
    table.add(std::move(row));
  }
  return shown(table);
}

/// `names`: of the classes, or none.
std::string class_text(const ClassificationReport& report, const std::vector<std::string>& names) {
  Table table({"class", "samples", "precision", "recall"});
  for (std::size_t i = 0; i < report.classes; ++i)
    table.add({std::to_string(i) + (names.empty() ? "" : " " + names[i]), grouped(report.by_class[i].samples),
               percent(report.precision[i]), percent(report.recall[i])});
  return table.text();
}

Json to_json(const ClassificationReport& report, double loss, const std::vector<std::string>& names) {
  Json object = {{"samples", report.samples}, {"accuracy", report.accuracy}, {"loss", loss}};
  object["classes"] = Json::array();
  for (std::size_t i = 0; i < report.classes; ++i) {
    Json one = {{"class", i},
                {"samples", report.by_class[i].samples},
                {"undecided", report.by_class[i].undecided},
                {"precision", report.precision[i]},
                {"recall", report.recall[i]}};
    if (!names.empty()) one["name"] = names[i];
    object["classes"].push_back(std::move(one));
  }
  object["confusion"] = confusion_json(report);
  return object;
}

void run_evaluate(const CommandLine& line, const EvaluateOptions& options) {
  active_isa();  // complains before any file is read
  const Model model = read_model(options.model);
  const std::vector<std::string> names = names_of(model);
  DataOptions data = options.data;
  data.images.classes = names;  // whichever of their folders there are
  const data::Samples samples = load_part(line, data, options.part).samples;
  check_samples(samples, model);
  const auto [report, loss] = measure(model, samples, options.threads);
  if (options.json) return write_json(to_json(report, loss, names));
  std::string summary = "accuracy " + percent(report.accuracy) + ", loss " + fixed(loss, 4) + " over " +
                        counted(report.samples, "sample");
  if (const std::uint64_t none = undecided(report); none > 0)
    summary += ", " + grouped(none) + " of them without a class, since their outputs are not finite";
  write_out(summary + "\n\n" + confusion_text(report) + "\n" + class_text(report, names));
}

std::function<void()> prepare_evaluate(CommandLine& line) {
  const auto options = std::make_shared<EvaluateOptions>();
  add_model_file(line, options->model);
  add_data_options(line, options->data);
  add_part_option(line, options->part);
  add_threads(line, options->threads);
  add_json(line, options->json);
  return [&line, options] { run_evaluate(line, *options); };
}

}  // namespace

const Command evaluate_command = {
    "evaluate", "Measure a model: accuracy, confusion matrix, precision and recall",
    "  treadle evaluate --model model.safetensors --data /usr/share/datasets/fashion-mnist\n"
    "  treadle evaluate --model model.safetensors --data /usr/share/datasets/fashion-mnist --part train\n"
    "  treadle evaluate --model model.safetensors --data sensors.csv --label-column state --json\n",
    prepare_evaluate};

}  // namespace treadle::tool
