// What samples that stay in their file have to do with the same samples in memory.
#pragma once

#include <treadle/source.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include "fuzz.hpp"

namespace treadle::fuzz {

/// Read one by one from the last to the first, samples and labels are those that come in order.
inline void require_any_order(const data::Source& source, const data::Dataset& expected) {
  const std::size_t each = *source.info().sample_bytes();
  const auto* const stored = expected.floats().empty() ? reinterpret_cast<const std::byte*>(expected.bytes().data())
                                                       : reinterpret_cast<const std::byte*>(expected.floats().data());
  std::vector<std::byte> sample(each);
  for (std::size_t i = expected.size(); i-- > 0;) {
    const auto index = static_cast<std::uint32_t>(i);
    std::int32_t label = -1;
    require(source.read({&index, 1}, sample, {&label, 1}).has_value(), "a sample alone is read");
    require(std::equal(sample.begin(), sample.end(), stored + i * each), "a sample alone is the same");
    require(label == expected.labels()[i], "a label alone is the same");
  }
}

/// What was opened has the samples that it has in memory, or was refused, if only when it is read, for the same kind of
/// reason.
inline void require_same(const Result<std::shared_ptr<const data::Source>>& source,
                         const Result<data::Dataset>& expected) {
  const Result<data::Dataset> found = source ? data::load(**source) : source.error();
  require(found.has_value() == expected.has_value(), "a file is taken as it is in memory");
  if (!found) {
    require_one_line(found.error());
    require(found.error().code == expected.error().code, "a file is refused as it is in memory");
    return;
  }
  require(found->sample_shape() == expected->sample_shape() && found->classes() == expected->classes(),
          "the samples are of the same kind");
  require(std::ranges::equal(found->bytes(), expected->bytes()), "the samples are the same");
  require(std::ranges::equal(found->floats(), expected->floats()), "the samples are the same");
  require(std::ranges::equal(found->labels(), expected->labels()), "the labels are the same");
  const auto labels = (*source)->labels();
  require(labels && std::ranges::equal(*labels, expected->labels()), "the labels without samples are the same");
  require_any_order(**source, *expected);
}

}  // namespace treadle::fuzz
