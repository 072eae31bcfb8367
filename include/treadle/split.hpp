// Which samples are trained on and which are kept for validation, and how often each is drawn.
#pragma once

#include <treadle/index_set.hpp>
#include <treadle/result.hpp>
#include <treadle/sample_weights.hpp>
#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::data {

/// Indices of samples, every sample in one of the parts, a quarter of a byte for each.
struct Split {
  IndexSet train;
  IndexSet validation;
};

/// The part `fraction` (between 0 and 1) of `samples`, rounded to whole samples, is for validation, chosen by Philox
/// keyed by `seed`. Here and below an error says when a part would be empty.
Result<Split> split(std::size_t samples, double fraction, std::uint64_t seed);

/// As many, and the same part of every class: each has its exact share, rounded down or up. Where shares cannot all be
/// rounded to the nearest those with the largest remainder are rounded up (of equal ones, those that `seed` chooses).
/// `labels` are taken over, so that those of a large set are not there twice.
Result<Split> split_stratified(std::vector<std::int32_t> labels, double fraction, std::uint64_t seed);

/// Samples of one group (a speaker, a robot; any number that names it) stay together. Groups come in an order chosen by
/// `seed`, and each is for validation if that brings the part closer to `fraction` of all samples. At least one group
/// is for validation and one for training. An error when there is one group only.
Result<Split> split_by_group(std::span<const std::int32_t> groups, double fraction, std::uint64_t seed);

/// Reads indices of `samples` samples from a text file: one from 0 a line, at least one, none twice, in any order. Here
/// and below a byte order mark, blanks around a line and blank lines at the end are passed over.
Result<IndexSet> indices_by_file(const std::string& path, std::size_t samples);
/// What it makes of the file's text. Errors name the line.
Result<IndexSet> parse_indices(std::string_view text, std::size_t samples);

/// Likewise those for validation; the others are trained on.
Result<Split> split_by_file(const std::string& path, std::size_t samples);
Result<Split> parse_split(std::string_view text, std::size_t samples);

/// Reads a group for each of `samples` from a text file, one a line: whole numbers, or if one of them is not, names,
/// which become numbers from 0 in the order of their bytes. Errors name the line.
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
Result<Parts> apply(Split split, const Samples& samples);

/// The labels of a data set or source; `unsupported` for a stream.
Result<std::vector<std::int32_t>> labels_of(const Samples& samples);

}  // namespace treadle::data
