// Sources and streams for tests: samples that tell who they are, and reading that fails or waits when it is told to.
#pragma once

#include <doctest/doctest.h>
#include <treadle/source.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

namespace treadle::test {

/// That all of the source is the data set.
inline void check_same_samples(const data::Source& source, const data::Dataset& expected) {
  const data::Dataset found = data::load(source).value();
  CHECK(found.sample_shape() == expected.sample_shape());
  CHECK(found.classes() == expected.classes());
  CHECK(found.scaling().scale == expected.scaling().scale);
  CHECK(std::ranges::equal(found.bytes(), expected.bytes()));
  CHECK(std::ranges::equal(found.floats(), expected.floats()));
  CHECK(std::ranges::equal(found.labels(), expected.labels()));
}

/// Sample i is the float i, its label i mod classes. `on_read` is asked before each batch of samples.
class CountedSource final : public data::Source {
 public:
  explicit CountedSource(std::size_t size, std::size_t classes = 3)
      : info_{.shape = {1}, .size = size, .classes = classes} {}

  const data::SampleInfo& info() const noexcept override { return info_; }

  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    ++reads;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] == fails_at) return Error{ErrorCode::io, "the disk is gone"};
      const auto value = static_cast<float>(indices[i]);
      std::memcpy(samples.data() + i * sizeof value, &value, sizeof value);
      labels[i] = indices[i] == wrong_label_at ? -1 : static_cast<std::int32_t>(indices[i] % info_.classes);
    }
    return {};
  }

  Result<std::vector<std::int32_t>> labels() const override {
    std::vector<std::int32_t> all(info_.size);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i % info_.classes);
    return all;
  }

  mutable std::atomic<std::size_t> reads = 0;
  // A test may change them while samples are read ahead.
  std::atomic<std::size_t> fails_at = SIZE_MAX, wrong_label_at = SIZE_MAX;

 private:
  data::SampleInfo info_;
};

/// The same one after another; it may have another number of samples than it promises.
class CountedStream final : public data::Stream {
 public:
  CountedStream(std::size_t promised, std::size_t size, std::size_t classes = 3)
      : info_{.shape = {1}, .size = promised, .classes = classes}, size_(size) {}

  const data::SampleInfo& info() const noexcept override { return info_; }
  Result<void> rewind() override {
    next_ = 0;
    return {};
  }
  Result<bool> next(std::span<std::byte> sample, std::int32_t& label) override {
    if (next_ == fails_at) return Error{ErrorCode::io, "the line is dead"};
    if (next_ == size_) return false;
    const auto value = static_cast<float>(next_);
    std::memcpy(sample.data(), &value, sizeof value);
    label = next_ == wrong_label_at ? 3 : static_cast<std::int32_t>(next_ % info_.classes);
    ++next_;
    return true;
  }

  std::size_t fails_at = SIZE_MAX;
  std::size_t wrong_label_at = SIZE_MAX;

 private:
  data::SampleInfo info_;
  std::size_t size_;
  std::size_t next_ = 0;
};

}  // namespace treadle::test
