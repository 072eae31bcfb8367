// treadle predict: which class a model takes each sample for, and how sure it is.
#include <treadle/training.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

/// The text of the predictions, piece by piece.
class PredictionText {
 public:
  PredictionText(std::size_t samples, const data::IndexSet& indices, std::vector<std::string> names, bool json)
      : samples_(samples), indices_(indices), names_(std::move(names)), json_(json) {}

  std::string of(const PredictedBatch& batch) const {
    std::string text = batch.first == 0 ? head() : "";
    for (std::size_t i = 0; i < batch.predicted.size(); ++i) {
      const std::size_t place = batch.first + i, index = indices_.empty() ? place : indices_[place];
      const double sure = probability(batch, i);
      const std::string* const name = name_of(batch.predicted[i]);
      if (json_) {
        if (place > 0) text += ',';
        Json object = {{"index", index}, {"class", batch.predicted[i]}, {"probability", sure}};
        if (!names_.empty()) object["name"] = name ? Json(*name) : Json();
        text += object.dump();
      } else {
        text += std::to_string(index) + "," + std::to_string(batch.predicted[i]) + "," + fixed(sure, 6);
        if (!names_.empty()) text += "," + (name ? cell(*name) : "");
        text += "\n";
      }
    }
    if (json_ && batch.first + batch.predicted.size() == samples_) text += "]}\n";
    return text;
  }

 private:
  static double probability(const PredictedBatch& batch, std::size_t row) {
    if (batch.predicted[row] == no_class) return std::numeric_limits<double>::quiet_NaN();
    return std::exp(-negative_log_probability(batch.logits.subspan(row * batch.classes, batch.classes),
                                              static_cast<std::size_t>(batch.predicted[row])));
  }

  const std::string* name_of(std::int32_t predicted) const {
    return names_.empty() || predicted == no_class ? nullptr : &names_[static_cast<std::size_t>(predicted)];
  }

  /// As RFC 4180 has it.
  static std::string cell(const std::string& name) {
    if (name.find_first_of(",\"") == std::string::npos) return name;
    std::string quoted = "\"";
    for (const char letter : name) quoted.append(letter == '"' ? 2 : 1, letter);
    return quoted + "\"";
  }

  std::string head() const {
    return json_ ? "{\"samples\":" + std::to_string(samples_) + ",\"predictions\":["
                 : (names_.empty() ? "index,class,probability\n" : "index,class,probability,name\n");
  }

  std::size_t samples_;
  const data::IndexSet& indices_;   // none: samples are counted from 0
  std::vector<std::string> names_;  // of the classes, or none
  bool json_;
};

/// Tells of samples without a class, which one may not see among a million others.
class Undecided {
 public:
  explicit Undecided(const data::IndexSet& indices) : indices_(indices) {}

  void count(const PredictedBatch& batch) {
    for (std::size_t i = 0; i < batch.predicted.size(); ++i)
      if (batch.predicted[i] == no_class && count_++ == 0) first_ = batch.first + i;
  }

  void tell() const {
    if (count_ == 0) return;
    const std::string line = "warning: " + counted(count_, "sample") +
                             (count_ == 1 ? " has no class (-1): its" : " have no class (-1): their") +
                             " outputs are not finite; the first is " +
                             std::to_string(indices_.empty() ? first_ : indices_[first_]) + "\n";
    std::fputs(line.c_str(), stderr);
  }

 private:
  const data::IndexSet& indices_;  // as above
  std::uint64_t count_ = 0;
  std::size_t first_ = 0;
};

void run_predict(const CommandLine& line, const PredictOptions& options) {
  active_isa();  // complains before any file is read
  const Model model = read_model(options.model);
  std::vector<std::string> inputs = data_files(options.data.path);
  inputs.push_back(options.model);
  inputs.push_back(options.part.indices);
  check_distinct("--out", options.out, inputs);
  if (!options.out.empty()) check_writable("--out", options.out, Writing::in_place);
  // Labels are not looked at: they may be missing, or not be classes of this model.
  const std::size_t features = model.input().elements().value();
  const auto [samples, indices] = load_part(line, options.data, options.part, {.columns = features});
  check_shape(samples, model);
  const PredictionText text(data::info(samples).size, indices, names_of(model), options.json);
  std::optional<OutputFile> file;  // not before the first prediction: it empties the file
  std::exception_ptr problem;      // what the library is not to see
  Undecided undecided(indices);
  const auto write = [&](const PredictedBatch& batch) {
    undecided.count(batch);
    if (options.out.empty()) {
      write_out(text.of(batch));
      return out_is_taken();
    }
    try {
      if (!file) file.emplace("--out", options.out);
      return file->write(text.of(batch));
    } catch (...) {
      problem = std::current_exception();
      return false;
    }
  };
  predict(model, samples, write, predict_batch_size, options.threads).value();
  if (problem) std::rethrow_exception(problem);
  if (file) file->finish();
  undecided.tell();
}

std::function<void()> prepare_predict(CommandLine& line) {
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
    prepare_predict};

}  // namespace treadle::tool
