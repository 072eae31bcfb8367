#include <treadle/split.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/out_of_memory.hpp"
#include "base/philox.hpp"
#include "data/numbered.hpp"
#include "data/parse_file.hpp"
#include "data/side_lines.hpp"
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
  Split parts{IndexSet(validated, false), IndexSet(validated)};
  if (!parts.train.empty() && !parts.validation.empty()) return parts;
  return Error{ErrorCode::invalid_argument, Message{"split: of "} << validated.size()
                                                                  << " samples none would be left for "
                                                                  << (parts.train.empty() ? "training" : "validation")};
}

/// The samples of each value, by ascending value.
class ByValue {
 public:
  explicit ByValue(const Numbered& values) : order_(values.size()), begins_(values.values().size() + 1) {
    for (std::size_t i = 0; i < order_.size(); ++i) ++begins_[values[i] + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
    for (std::size_t i = 0; i < order_.size(); ++i) order_[next[values[i]]++] = static_cast<std::uint32_t>(i);
  }

  std::size_t size() const noexcept { return begins_.size() - 1; }
  std::size_t size(std::size_t set) const noexcept { return begins_[set + 1] - begins_[set]; }
  std::span<std::uint32_t> operator[](std::size_t set) noexcept {
    return std::span(order_).subspan(begins_[set], size(set));
  }

 private:
  std::vector<std::uint32_t> order_;
  std::vector<std::size_t> begins_;
};

/// The sets from 0 to `count` - 1 in an order of their own.
std::vector<std::uint32_t> shuffled_sets(std::size_t count, std::uint64_t seed, std::uint32_t part) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, seed, part);
  return order;
}

/// How many of each set's samples are for validation: by the largest remainder (Hamilton's method), so that all of them
/// make up `fraction` of all samples.
std::vector<std::size_t> shares(const ByValue& sets, std::size_t samples, double fraction, std::uint64_t seed) {
  constexpr std::uint32_t no_label = UINT32_MAX;  // whose numbers are free, since labels are not negative
  std::vector<std::size_t> shares(sets.size());
  std::vector<double> remainders(sets.size());
  std::size_t left = rounded(fraction, samples);
  for (std::size_t set = 0; set < sets.size(); ++set) {
    const double exact = fraction * static_cast<double>(sets.size(set));
    shares[set] = static_cast<std::size_t>(exact);
    remainders[set] = exact - std::floor(exact);
    left -= std::min(left, shares[set]);
  }
  std::vector<std::uint32_t> order = shuffled_sets(sets.size(), seed, no_label);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; i < std::min(left, order.size()); ++i) ++shares[order[i]];
  return shares;
}

/// Which groups are for validation; there are at least two.
std::vector<bool> choose_groups(const ByValue& groups, std::size_t samples, std::size_t wanted, std::uint64_t seed) {
  const std::vector<std::uint32_t> order = shuffled_sets(groups.size(), seed, 0);
  std::vector<bool> chosen(groups.size());
  std::size_t held = 0;
  for (const std::uint32_t group : order) {
    const std::size_t size = groups.size(group);
    // Closer with it than without, that is, more than half of it is still wanted.
    if (held >= wanted || size >= 2 * (wanted - held)) continue;
    held += size;
    chosen[group] = true;
  }
  if (held != 0 && held != samples) return chosen;
  // No part may be empty: the group goes to the other one that leaves validation nearest to what is wanted.
  const auto distance = [&](std::uint32_t group) {
    const std::size_t size = groups.size(group), then = held == 0 ? size : held - size;
    return then > wanted ? then - wanted : wanted - then;
  };
  const auto nearest =
      std::min_element(order.begin(), order.end(), [&](auto a, auto b) { return distance(a) < distance(b); });
  chosen[*nearest] = held == 0;
  return chosen;
}

/// Whether each sample is among the indices.
Result<std::vector<bool>> parse(std::string_view text, std::size_t samples) {
  std::vector<bool> chosen(samples);
  SideLines lines(text);
  for (std::string_view number; lines.next(number);) {
    std::size_t index = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (error != std::errc{} || stop != number.data() + number.size() || index >= samples)
      return Error{ErrorCode::bad_format, Message{"line "} << lines.number() << ": expected an index in 0 ... "
                                                           << (samples == 0 ? 0 : samples - 1) << ", got "
                                                           << formats::shown_text(number)};
    if (chosen[index])
      return Error{ErrorCode::bad_format,
                   Message{"line "} << lines.number() << ": sample " << index << " occurs twice"};
    chosen[index] = true;
  }
  return chosen;
}

/// The samples `indices` as a data set of their own.
Result<Dataset> select(const Dataset& data, IndexSet indices) {
  const Result<std::shared_ptr<const Source>> source = as_source(data);
  if (!source) return source.error();
  const Result<std::shared_ptr<const Source>> part = subset(*source, std::move(indices));
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

Result<Split> split_stratified(std::vector<std::int32_t> labels, double fraction, std::uint64_t seed) {
  if (const Result<void> checked = check(labels.size(), fraction); !checked) return checked.error();
  return base::or_out_of_memory("split", [&] {
    const Numbered classes(labels);
    std::vector<std::int32_t>{}.swap(labels);
    ByValue sets(classes);
    const std::vector<std::size_t> wanted = shares(sets, classes.size(), fraction, seed);
    std::vector<bool> validated(classes.size());
    for (std::size_t set = 0; set < sets.size(); ++set) {
      const std::span<std::uint32_t> samples = sets[set];
      shuffle(samples, seed, static_cast<std::uint32_t>(classes.values()[set]));
      for (const std::uint32_t sample : samples.first(wanted[set])) validated[sample] = true;
    }
    return collect(validated);
  });
}

Result<Split> split_by_group(std::span<const std::int32_t> groups, double fraction, std::uint64_t seed) {
  if (const Result<void> checked = check(groups.size(), fraction); !checked) return checked.error();
  return base::or_out_of_memory("split", [&]() -> Result<Split> {
    ByValue sets{Numbered(groups)};
    if (sets.size() == 0) return collect({});
    if (sets.size() == 1)
      return Error{ErrorCode::invalid_argument,
                   "split: all samples are of one group, which cannot be in both parts: expected at least two groups"};
    const std::vector<bool> chosen = choose_groups(sets, groups.size(), rounded(fraction, groups.size()), seed);
    std::vector<bool> validated(groups.size());
    for (std::size_t set = 0; set < sets.size(); ++set)
      if (chosen[set])
        for (const std::uint32_t sample : sets[set]) validated[sample] = true;
    return collect(validated);
  });
}

Result<Split> parse_split(std::string_view text, std::size_t samples) {
  return base::or_out_of_memory("split", [&]() -> Result<Split> {
    const Result<std::vector<bool>> validated = parse(text, samples);
    if (!validated) return validated.error();
    return collect(*validated);
  });
}

Result<IndexSet> parse_indices(std::string_view text, std::size_t samples) {
  return base::or_out_of_memory("indices", [&]() -> Result<IndexSet> {
    const Result<std::vector<bool>> chosen = parse(text, samples);
    if (!chosen) return chosen.error();
    IndexSet indices(*chosen);
    if (indices.empty()) return Error{ErrorCode::bad_format, "no index; expected one a line"};
    return indices;
  });
}

Result<Split> split_by_file(const std::string& path, std::size_t samples) {
  return parse_file(path, samples, parse_split);
}

Result<IndexSet> indices_by_file(const std::string& path, std::size_t samples) {
  return parse_file(path, samples, parse_indices);
}

Result<Parts> apply(Split split, const Samples& samples) {
  if (const auto* data = std::get_if<Dataset>(&samples)) {
    const Result<Dataset> train = select(*data, std::move(split.train)),
                          validation = select(*data, std::move(split.validation));
    if (!train) return train.error();
    if (!validation) return validation.error();
    return Parts{*train, *validation};
  }
  const auto* source = std::get_if<std::shared_ptr<const Source>>(&samples);
  if (source == nullptr) return Error{ErrorCode::unsupported, "split: a stream cannot be split"};
  return base::or_out_of_memory("split", [&]() -> Result<Parts> {
    const Result<std::shared_ptr<const Source>> train = subset(*source, std::move(split.train));
    const Result<std::shared_ptr<const Source>> validation = subset(*source, std::move(split.validation));
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

}  // namespace treadle::data
