#include <treadle/split.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/out_of_memory.hpp"
#include "base/philox.hpp"
#include "formats/file.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

Result<void> check(std::size_t samples, double fraction) {
  if (!(fraction > 0 && fraction < 1))
    return Error{ErrorCode::invalid_argument, "split: expected a fraction for validation between 0 and 1"};
  if (samples > UINT32_MAX)
    return Error{ErrorCode::too_large, Message{"split: at most "} << UINT32_MAX << " samples, got " << samples};
  return {};
}

std::size_t rounded(double fraction, std::size_t samples) noexcept {
  return static_cast<std::size_t>(std::floor(fraction * static_cast<double>(samples) + 0.5));
}

/// Fisher and Yates' shuffle, with numbers of its own for each part.
void shuffle(std::span<std::uint32_t> order, std::uint64_t seed, std::uint32_t part) noexcept {
  const base::RandomStream random(seed, base::Purpose::split, part);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i), i)]);
}

/// Both parts of the samples, of which `validated` says where each goes.
Result<Split> collect(const std::vector<bool>& validated) {
  Split parts;
  for (std::uint32_t i = 0; i < validated.size(); ++i) (validated[i] ? parts.validation : parts.train).push_back(i);
  if (!parts.train.empty() && !parts.validation.empty()) return parts;
  return Error{ErrorCode::invalid_argument, Message{"split: of "} << validated.size()
                                                                  << " samples none would be left for "
                                                                  << (parts.train.empty() ? "training" : "validation")};
}

/// The samples of each value, by ascending value.
std::vector<std::vector<std::uint32_t>> by_value(std::span<const std::int32_t> values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<std::vector<std::uint32_t>> sets;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || values[order[i]] != values[order[i - 1]]) sets.emplace_back();
    sets.back().push_back(order[i]);
  }
  return sets;
}

Result<Split> parse(std::string_view text, std::size_t samples) {
  std::vector<bool> validated(samples);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view number = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (number.ends_with('\r')) number.remove_suffix(1);
    std::size_t index = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (error != std::errc{} || stop != number.data() + number.size() || index >= samples)
      return Error{ErrorCode::bad_format, Message{"line "} << line << ": expected an index in 0 ... "
                                                           << (samples == 0 ? 0 : samples - 1) << ", got "
                                                           << formats::shown_text(number)};
    if (validated[index])
      return Error{ErrorCode::bad_format, Message{"line "} << line << ": sample " << index << " occurs twice"};
    validated[index] = true;
  }
  return collect(validated);
}

/// The samples `indices` as a data set of their own.
Result<Dataset> select(const Dataset& data, const std::vector<std::uint32_t>& indices) {
  const Result<std::shared_ptr<const Source>> source = as_source(data);
  if (!source) return source.error();
  const Result<std::shared_ptr<const Source>> part = subset(*source, indices);
  if (!part) return part.error();
  return load(**part);
}

}  // namespace

Result<Split> split(std::size_t samples, double fraction, std::uint64_t seed) {
  if (const Result<void> checked = check(samples, fraction); !checked) return checked.error();
  return base::or_out_of_memory("split", [&] {
    std::vector<std::uint32_t> order(samples);
    std::iota(order.begin(), order.end(), 0u);
    shuffle(order, seed, 0);
    std::vector<bool> validated(samples);
    for (std::size_t i = 0; i < rounded(fraction, samples); ++i) validated[order[i]] = true;
    return collect(validated);
  });
}

Result<Split> split_stratified(std::span<const std::int32_t> labels, double fraction, std::uint64_t seed) {
  if (const Result<void> checked = check(labels.size(), fraction); !checked) return checked.error();
  return base::or_out_of_memory("split", [&] {
    std::vector<bool> validated(labels.size());
    for (std::vector<std::uint32_t>& samples : by_value(labels)) {
      shuffle(samples, seed, static_cast<std::uint32_t>(labels[samples.front()]));
      for (std::size_t i = 0; i < rounded(fraction, samples.size()); ++i) validated[samples[i]] = true;
    }
    return collect(validated);
  });
}

Result<Split> split_by_group(std::span<const std::int32_t> groups, double fraction, std::uint64_t seed) {
  if (const Result<void> checked = check(groups.size(), fraction); !checked) return checked.error();
  return base::or_out_of_memory("split", [&] {
    const std::vector<std::vector<std::uint32_t>> sets = by_value(groups);
    std::vector<std::uint32_t> order(sets.size());
    std::iota(order.begin(), order.end(), 0u);
    shuffle(order, seed, 0);
    std::vector<bool> validated(groups.size());
    const std::size_t wanted = rounded(fraction, groups.size());
    std::size_t chosen = 0;
    for (const std::uint32_t set : order) {
      const std::size_t size = sets[set].size();
      // Closer with it than without, that is, more than half of it is still wanted.
      if (chosen >= wanted || size >= 2 * (wanted - chosen)) continue;
      chosen += size;
      for (const std::uint32_t sample : sets[set]) validated[sample] = true;
    }
    return collect(validated);
  });
}

Result<Split> parse_split(std::string_view text, std::size_t samples) {
  return base::or_out_of_memory("split", [&] { return parse(text, samples); });
}

Result<Split> split_by_file(const std::string& path, std::size_t samples) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  const Result<Split> parts = parse_split({reinterpret_cast<const char*>(file->data()), file->size()}, samples);
  if (!parts) return formats::in_file(path, parts.error());
  return parts;
}

Result<Parts> apply(const Split& split, const Samples& samples) {
  if (const auto* data = std::get_if<Dataset>(&samples)) {
    const Result<Dataset> train = select(*data, split.train), validation = select(*data, split.validation);
    if (!train) return train.error();
    if (!validation) return validation.error();
    return Parts{*train, *validation};
  }
  const auto* source = std::get_if<std::shared_ptr<const Source>>(&samples);
  if (source == nullptr) return Error{ErrorCode::unsupported, "split: a stream cannot be split"};
  return base::or_out_of_memory("split", [&]() -> Result<Parts> {
    const Result<std::shared_ptr<const Source>> train = subset(*source, split.train);
    const Result<std::shared_ptr<const Source>> validation = subset(*source, split.validation);
    if (!train) return train.error();
    if (!validation) return validation.error();
    return Parts{*train, *validation};
  });
}

Result<std::vector<std::int32_t>> labels_of(const Samples& samples) {
  if (const auto* source = std::get_if<std::shared_ptr<const Source>>(&samples); source != nullptr && *source)
    return (*source)->labels();
  const auto* data = std::get_if<Dataset>(&samples);
  if (data == nullptr) return Error{ErrorCode::unsupported, "labels: a stream has them as it is read only"};
  return base::or_out_of_memory("labels", [&]() -> Result<std::vector<std::int32_t>> {
    return std::vector<std::int32_t>(data->labels().begin(), data->labels().end());
  });
}

Result<std::vector<float>> balanced_weights(std::span<const std::int32_t> labels) {
  return base::or_out_of_memory("weights", [&]() -> Result<std::vector<float>> {
    std::vector<std::uint32_t> counts;
    for (const std::int32_t label : labels) {
      if (label < 0) return Error{ErrorCode::invalid_argument, Message{"weights: label "} << label << " is negative"};
      const auto index = static_cast<std::size_t>(label);
      if (index >= counts.size()) counts.resize(index + 1);
      ++counts[index];
    }
    std::vector<float> weights(labels.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = 1.0f / static_cast<float>(counts[static_cast<std::size_t>(labels[i])]);
    return weights;
  });
}

}  // namespace treadle::data
