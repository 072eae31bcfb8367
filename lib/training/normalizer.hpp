// Normalises samples as they are loaded.
#pragma once

#include <treadle/normalization.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace treadle::training {

/// What normalize() does, to the bit. Few constants are repeated, so that the inner loop is long enough for vectors.
class Normalizer {
 public:
  /// What `constants` points to must outlive this object unless it is few.
  explicit Normalizer(const NormalizationView& constants) noexcept : constants_(constants) {
    const std::size_t places = constants.shift.size();
    if (places == 0 || places > most_repeated / 2) return;
    repeated_ = most_repeated / places * places;
    for (std::size_t i = 0; i < repeated_; ++i) {
      shift_[i] = constants.shift[i % places];
      scale_[i] = constants.scale[i % places];
    }
  }

  void apply(std::span<float> samples) const noexcept {
    if (repeated_ == 0) return treadle::normalize(constants_, samples);
    std::size_t first = 0;
    for (; first + repeated_ <= samples.size(); first += repeated_)
      for (std::size_t i = 0; i < repeated_; ++i) samples[first + i] = (samples[first + i] - shift_[i]) * scale_[i];
    for (std::size_t i = 0; first + i < samples.size(); ++i)
      samples[first + i] = (samples[first + i] - shift_[i]) * scale_[i];
  }

 private:
  static constexpr std::size_t most_repeated = 128;

  NormalizationView constants_;
  std::size_t repeated_ = 0;
  std::array<float, most_repeated> shift_{}, scale_{};
};

}  // namespace treadle::training
