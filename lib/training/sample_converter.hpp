// From a sample as it is stored to the float32 that the model sees.
#pragma once

#include <treadle/source.hpp>

#include <cstring>
#include <span>

#include "kernels/scale_bytes.hpp"
#include "kernels/table.hpp"
#include "training/normalizer.hpp"

namespace treadle::training {

class SampleConverter {
 public:
  SampleConverter(const data::SampleInfo& info, const kernels::KernelTable& kernels,
                  const NormalizationView& normalization)
      : kernels_(&kernels),
        scaling_(info.scaling),
        bytes_(info.type == data::ElementType::uint8),
        elements_(info.shape.elements().value_or(0)),
        normalizer_(normalization) {}

  /// Of one sample.
  std::size_t elements() const noexcept { return elements_; }
  /// Whether samples are stored as bytes; else they are the float32 already.
  bool from_bytes() const noexcept { return bytes_; }
  std::size_t stored_bytes() const noexcept { return bytes_ ? elements_ : elements_ * sizeof(float); }

  /// `count` samples one after another, from `stored` to `out`, which may not overlap unless
  /// they are the same floats.
  void convert(const std::byte* stored, std::size_t count, float* out) const noexcept {
    if (bytes_)
      kernels_->scale_bytes({.x = reinterpret_cast<const std::uint8_t*>(stored),
                             .y = out,
                             .n = count * elements_,
                             .scale = scaling_.scale,
                             .offset = scaling_.offset});
    else if (static_cast<const void*>(stored) != out)
      std::memcpy(out, stored, count * elements_ * sizeof(float));
    normalizer_.apply({out, count * elements_});
  }

 private:
  const kernels::KernelTable* kernels_;
  data::Scaling scaling_;
  bool bytes_;
  std::size_t elements_;
  Normalizer normalizer_;
};

}  // namespace treadle::training
