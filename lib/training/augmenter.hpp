// Applies an augmentation to samples, one at a time.
#pragma once

#include <treadle/augmentation.hpp>
#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstdint>
#include <span>

#include "base/philox.hpp"

namespace treadle::training {

/// Whether the options are in their ranges and go with samples of this shape.
Result<void> check_augmentation(const data::Augmentation& options, const Shape& sample);

class Augmenter {
 public:
  /// For checked options.
  Augmenter(const data::Augmentation& options, const Shape& sample, std::uint64_t seed);

  bool active() const noexcept { return active_; }
  /// Values that apply() needs beside the sample: those of one sample, or none.
  std::size_t scratch() const noexcept { return scratch_; }

  /// Changes `sample`, number `place` of epoch `epoch`, in place. `scratch` has scratch() values.
  void apply(std::span<float> sample, std::span<float> scratch, std::size_t epoch, std::uint64_t place) const noexcept;

 private:
  class Numbers;

  void resample(std::span<float> sample, std::span<float> scratch, const Numbers& numbers) const noexcept;
  void cut_out(std::span<float> sample, const Numbers& numbers) const noexcept;
  void shift_time(std::span<float> sample, const Numbers& numbers) const noexcept;
  void add_noise(std::span<float> sample, const Numbers& numbers) const noexcept;

  data::Augmentation options_;
  std::uint64_t seed_;
  bool active_;
  std::size_t height_ = 1, width_ = 1;  // of an image; of a signal its moments and 1
  std::size_t channels_ = 1;
  std::size_t elements_ = 0;
  std::size_t scratch_ = 0;
};

}  // namespace treadle::training
