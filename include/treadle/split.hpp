// Which samples are trained on and which are kept for validation, and how often each is drawn.
#pragma once

#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::data {

/// Indices of samples, each part in ascending order and every sample in one of them.
struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
};

/// The part `fraction` (between 0 and 1) of `samples`, rounded to whole samples, is for validation, chosen by Philox
/// keyed by `seed`. Here and below an error says when a part would be empty.
Result<Split> split(std::size_t samples, double fraction, std::uint64_t seed);

/// The same for each class by itself, so that both parts have the classes in the same proportion.
Result<Split> split_stratified(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed);

/// Samples of one group (a speaker, a robot; any number that names it) stay together. Groups come in an order chosen by
/// `seed`, and each is for validation if that brings the part closer to `fraction` of all samples.
Result<Split> split_by_group(std::span<const std::int32_t> groups, double fraction, std::uint64_t seed);

/// Reads the samples for validation from a text file: one index from 0 a line, none twice.
Result<Split> split_by_file(const std::string& path, std::size_t samples);
/// What it makes of the file's text. Errors name the line.
Result<Split> parse_split(std::string_view text, std::size_t samples);

/// Reads a group for each of `samples` from a text file, a whole number a line. Errors name the line.
Result<std::vector<std::int32_t>> groups_by_file(const std::string& path, std::size_t samples);
Result<std::vector<std::int32_t>> parse_groups(std::string_view text, std::size_t samples);

/// Likewise a weight for each, a number of at least 0 a line.
Result<std::vector<float>> weights_by_file(const std::string& path, std::size_t samples);
Result<std::vector<float>> parse_weights(std::string_view text, std::size_t samples);

/// Training and validation data.
struct Parts {
  Samples train;
  Samples validation;
};

/// The two parts of a data set, which are copies, or of a source. A stream cannot be split: `unsupported`.
Result<Parts> apply(const Split& split, const Samples& samples);

/// The labels of a data set or source; `unsupported` for a stream.
Result<std::vector<std::int32_t>> labels_of(const Samples& samples);

/// A weight for each sample, 1 / (samples of its class): drawn by these, classes are equally frequent. Labels are not
/// negative.
Result<std::vector<float>> balanced_weights(std::span<const std::int32_t> labels);

}  // namespace treadle::data
