// treadle predict: which class a model takes each sample for, and how sure it is.
#include <treadle/training.hpp>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "files.hpp"
#include "options.hpp"
#include "output.hpp"
#include "softmax.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

struct PredictOptions {
  DataOptions data;
  PartOption part;
  std::string model;
  std::string out;
  std::size_t threads = 1;
  bool json = false;
};

double probability(const Predictions& predictions, std::size_t sample) {
  const std::span<const float> logits = predictions.logits;
  return std::exp(-negative_log_probability(logits.subspan(sample * predictions.classes, predictions.classes),
                                            static_cast<std::size_t>(predictions.predicted[sample])));
}

std::string to_csv(const Predictions& predictions) {
  std::string text = "index,class,probability\n";
  for (std::size_t i = 0; i < predictions.predicted.size(); ++i)
    text += std::to_string(i) + "," + std::to_string(predictions.predicted[i]) + "," +
            fixed(probability(predictions, i), 6) + "\n";
  return text;
}

std::string to_json(const Predictions& predictions) {
  Json list = Json::array();
  for (std::size_t i = 0; i < predictions.predicted.size(); ++i)
    list.push_back({{"index", i}, {"class", predictions.predicted[i]}, {"probability", probability(predictions, i)}});
  return json_line({{"samples", predictions.predicted.size()}, {"predictions", std::move(list)}});
}

void run_predict(const CommandLine& line, const PredictOptions& options) {
  active_isa();  // complains before any file is read
  const Model model = load_model(options.model).value();
  std::vector<std::string> inputs = data_files(options.data);
  inputs.push_back(options.model);
  check_distinct("--out", options.out, inputs);
  if (!options.out.empty()) check_writable("--out", options.out, Writing::in_place);
  // Labels are not looked at: they may be missing, or not be classes of this model.
  const std::size_t features = model.input().elements().value();
  const data::Dataset data = load_part(line, options.data, options.part, {.columns = features});
  check_shape(data, model);
  const Predictions predictions = predict(model, data, predict_batch_size, options.threads).value();
  const std::string text = options.json ? to_json(predictions) : to_csv(predictions);
  if (options.out.empty()) return write_out(text);
  OutputFile file("--out", options.out);  // not before: it empties the file
  file.write(text);
  file.finish();
}

std::function<void()> prepare(CommandLine& line) {
  const auto options = std::make_shared<PredictOptions>();
  add_model_file(line, options->model);
  add_data_options(line, options->data);
  add_part_option(line, options->part);
  line.text("out", "FILE", "Write there instead of to standard output", options->out);
  add_threads(line, options->threads);
  add_json(line, options->json);
  return [&line, options] { run_predict(line, *options); };
}

}  // namespace

const Command predict_command = {
    "predict", "Print each sample's class and its probability",
    "  treadle predict --model model.safetensors --data /usr/share/datasets/fashion-mnist --limit 10\n"
    "  treadle predict --model model.safetensors --data sensors.csv --out predictions.csv\n"
    "  treadle predict --model model.safetensors --data sensors.csv --json\n",
    prepare};

}  // namespace treadle::tool
