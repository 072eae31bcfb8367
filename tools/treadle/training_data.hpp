// What treadle train learns from: data in memory or larger, split, weighted and shuffled as the options say.
#pragma once

#include <treadle/model.hpp>
#include <treadle/split.hpp>
#include <treadle/training.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "augmentation_options.hpp"
#include "data_options.hpp"

namespace treadle::tool {

/// --validation, --validation-split, --split-seed, --stratify, --validation-groups, --validation-indices, --balance,
/// --weights,
/// --normalize, --stream, --window, --buffers and --readers.
struct TrainingDataOptions {
  std::string validation;  ///< a file of its own
  double fraction = 0;     ///< 0: no split by fraction
  bool stratify = false;
  std::string indices;  ///< a file of indices
  std::optional<std::uint64_t> split_seed;
  bool balance = false;
  std::string groups, weights;  ///< files with a line for each sample
  data::Augmentation augmentation;
  std::optional<NormalizationMethod> normalize;
  bool stream = false;  ///< images stay in their files
  std::size_t window = 0;
  std::size_t buffers = Loading{}.buffers;
  std::size_t readers = Loading{}.threads;
};
void add_training_data_options(CommandLine& line, TrainingDataOptions& options);

/// Training data, validation data if there are any, and a weight for each training sample unless they count alike.
struct TrainingData {
  data::Parts parts;
  data::SampleWeights weights;
  data::IndexSet held_out;                 ///< those of the training samples that a split keeps for validation
  std::string_view validated_part{};       ///< of the data, "validation" or "test"; "": they are others or none
  std::vector<std::string> class_names{};  ///< if the data have them
};
/// Training and validation data have the same number of classes when they are in memory. Raw
/// data stay in their files, and images with --stream. A split is one of the training part, and a test part is then
/// left alone. `seed` chooses its samples unless --split-seed does. Where the data name their classes these are
/// numbered as those of the model `model`, if it is a file and knows names.
TrainingData load_samples(const CommandLine& line, const DataOptions& data, const TrainingDataOptions& options,
                          const std::string& model, std::uint64_t seed);

/// How --normalize learns.
struct NormalizationPass {
  bool quiet = false;         ///< its progress is not told on standard error
  std::string checkpoints{};  ///< of the run that goes on, where an earlier process may have kept what it learnt
};
/// What is to be trained on `data`, which fit it: the preset `name`, which with --normalize learns how from the
/// training part, or the model in the file or folder of a run `name`, which brings its own normalisation, or none.
Model starting_model(const CommandLine& line, const std::string& name, const TrainingDataOptions& options,
                     const TrainingData& data, const NormalizationPass& pass);

/// How training data are read.
Loading make_loading(const TrainingDataOptions& options, const TrainingData& data);

}  // namespace treadle::tool
