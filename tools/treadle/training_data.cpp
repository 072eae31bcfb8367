#include "training_data.hpp"

#include <treadle/executor.hpp>

#include <limits>

#include "errors.hpp"
#include "kept_normalization.hpp"
#include "options.hpp"
#include "output.hpp"
#include "progress_bar.hpp"
#include "side_files.hpp"

namespace treadle::tool {
namespace {

TrainingParts load_parts(const CommandLine& line, const DataOptions& data, const TrainingDataOptions& options) {
  const DataKind kind = kind_of(data.path);
  check_data_options(line, kind);
  const bool stays = kind == DataKind::raw || kind == DataKind::npy;
  if (stays)
    line.refuse("stream", "goes with images, IDX, NPZ and CSV files; raw data and NPY files always stay in theirs");
  if (options.stream || stays) return open_training_data(line, data, kind, options.validation);
  return load_training_data(line, data, options.validation);
}

}  // namespace

void add_training_data_options(CommandLine& line, TrainingDataOptions& options) {
  line.path("validation", "FILE", "CSV, raw, images: validate on this file or folder after each epoch",
            options.validation);
  line.option("validation-split", "X", "Keep this part of the training samples for validation: 0.1 or 10%",
              rules::share_below_one(), into(options.fraction));
  line.option("split-seed", "N", "Which samples --validation-split keeps", rules::whole(0), into(options.split_seed),
              Default::words("--seed"));
  line.flag("stratify", "With --validation-split: the same part of every class", options.stratify)
      .path("validation-indices", "FILE", "Validate on these training samples: one index from 0 a line",
            options.indices)
      .path("validation-groups", "FILE",
            "With --validation-split: samples with the same name on their line stay together", options.groups)
      .flag("balance", "Draw samples so that every class is as frequent", options.balance)
      .path("weights", "FILE", "Draw samples by the weights on their lines", options.weights);
  line.option(
      "normalize", "METHOD", "standard (mean 0, standard deviation 1), min-max (0 to 1) or none; kept in the model",
      rules::word("method", {"none", "standard", "min-max"}),
      [&options](std::string_view method) {
        options.normalize.reset();
        if (method == "standard") options.normalize = NormalizationMethod::standard;
        if (method == "min-max") options.normalize = NormalizationMethod::min_max;
      },
      "none");
  line.flag("stream", "Images, IDX, NPZ, CSV: read them as they are needed, not all into memory", options.stream);
  line.whole("window", "Raw, NPY, --stream: read in order, shuffled through N samples; 0: shuffled as a whole",
             options.window, 0);
  line.whole("buffers", "Raw, NPY, --stream: batches in memory; changes no result", options.buffers, 2, 1'000'000);
  line.whole("readers", "Raw, NPY, --stream: threads that read and decode; changes no result", options.readers, 1,
             most_threads);
}

namespace {

data::Split make_split(const TrainingDataOptions& options, const data::Samples& all, const SampleCounts& counts,
                       std::uint64_t seed) {
  if (!options.indices.empty()) return read_split(options.indices, counts);
  if (!options.groups.empty())
    return data::split_by_group(read_groups(options.groups, counts), options.fraction, seed).value();
  if (options.stratify) return data::split_stratified(data::labels_of(all).value(), options.fraction, seed).value();
  return data::split(counts.taken, options.fraction, seed).value();
}

std::vector<float> chosen(const data::SampleWeights& weights, const data::IndexSet& indices) {
  std::vector<float> part(weights.empty() ? 0 : indices.size());
  for (std::size_t i = 0; i < part.size(); ++i) part[i] = weights[indices[i]];
  return part;
}

void check_split_options(const CommandLine& line, const TrainingDataOptions& options) {
  const bool by_fraction = line.given("validation-split"), by_file = !options.indices.empty();
  if (!by_fraction)
    for (const char* option : {"stratify", "validation-groups", "split-seed"})
      line.refuse(option, "goes with --validation-split");
  if (options.stratify) line.refuse("validation-groups", "does not go with --stratify");
  if (by_fraction && by_file) line.refuse("validation-indices", "does not go with --validation-split");
  if (by_fraction || by_file) line.refuse("validation", "does not go with a split of the training data");
  if (options.balance) line.refuse("weights", "does not go with --balance");
}

/// What the library would say of its own options.
void check_order_options(const CommandLine& line, const TrainingDataOptions& options) {
  for (const char* option : {"balance", "weights"}) {
    if (options.window > 0) line.refuse(option, "does not go with --window: samples are drawn from all of the data");
    if (line.given("no-shuffle")) line.refuse(option, "does not go with --no-shuffle: samples are drawn at random");
  }
  if (options.window > 0) line.refuse("no-shuffle", "does not go with --window, through which samples are shuffled");
}

/// Options of reading ahead have no use where all samples are in memory.
void check_reading_options(const CommandLine& line, const TrainingDataOptions& options, const data::Samples& train) {
  if (!std::holds_alternative<data::Dataset>(train)) return;
  const char* const why = "goes with --stream: without it all samples are in memory";
  if (options.window > 0) line.refuse("window", why);
  for (const char* option : {"buffers", "readers"}) line.refuse(option, why);
}

}  // namespace

TrainingData load_samples(const CommandLine& line, const DataOptions& given, const TrainingDataOptions& options,
                          const std::string& model, std::uint64_t seed) {
  check_split_options(line, options);
  check_order_options(line, options);
  DataOptions data = given;
  const bool named = kind_of(data.path) == DataKind::images;
  if (named && !is_preset(model)) data.images.classes = names_of(read_model(model));
  TrainingParts parts = load_parts(line, data, options);
  TrainingData loaded{std::move(parts.data), {}, {}};
  check_reading_options(line, options, loaded.parts.train);
  const SampleCounts counts{data::info(loaded.parts.train).size, parts.all_samples};
  warn_of_missing_classes(loaded.parts.train, counts);
  if (!options.weights.empty()) loaded.weights = read_weights(options.weights, counts);
  if (line.given("validation-split") || !options.indices.empty()) {
    data::Split split = make_split(options, loaded.parts.train, counts, options.split_seed.value_or(seed));
    loaded.weights = chosen(loaded.weights, split.train);
    loaded.held_out = split.validation;
    loaded.parts = data::apply(std::move(split), loaded.parts.train).value();
  } else if (options.validation.empty()) {
    loaded.validated_part = parts.validated;
  }
  if (named) loaded.class_names = image_classes(data);
  if (options.balance) loaded.weights = data::balanced_weights(data::labels_of(loaded.parts.train).value()).value();
  return loaded;
}

namespace {

void set_normalization(Model& model, NormalizationMethod method, const data::Samples& train,
                       const NormalizationPass& pass) {
  if (!pass.checkpoints.empty())
    if (std::optional<Normalization> kept = kept_normalization(pass.checkpoints, method, train))
      if (model.set_normalization(std::move(*kept))) return;
  PassProgress progress(stderr, "normalisation", data::info(train).size);
  const auto update = [&progress](std::size_t samples) { progress.update(samples); };
  model
      .set_normalization(
          fit_normalization(train, method, pass.quiet ? std::function<void(std::size_t)>{} : update).value())
      .value();
}

}  // namespace

Model starting_model(const CommandLine& line, const std::string& name, const TrainingDataOptions& options,
                     const TrainingData& loaded, const NormalizationPass& pass) {
  const data::Parts& data = loaded.parts;
  const data::SampleInfo info = data::info(data.train);
  const bool from_preset = is_preset(name);
  Model model = from_preset ? preset(name, info.shape, info.classes).value() : read_model(name);
  check_samples(data.train, model);
  if (data::info(data.validation).size > 0) check_samples(data.validation, model);
  if (options.normalize) {
    if (!from_preset) line.refuse("normalize", "goes with a preset; a model file keeps what it was trained with");
    set_normalization(model, *options.normalize, data.train, pass);
  }
  const std::size_t outputs = model.output().value().elements().value();
  // Names that are no text, as a folder may have them, are left out.
  if (model.class_names().empty() && loaded.class_names.size() == outputs)
    static_cast<void>(model.set_class_names(loaded.class_names));
  return model;
}

Loading make_loading(const TrainingDataOptions& options, const TrainingData& data) {
  return {.buffers = options.buffers,
          .threads = options.readers,
          .window = options.window,
          .weights = data.weights,
          .augmentation = options.augmentation};
}

}  // namespace treadle::tool
