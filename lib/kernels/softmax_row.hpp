// One row of a softmax: what the layer, the loss's gradient and its evaluation share.
//
// For logits z and target t, with M = max z and S = sum over j of exp(z_j - M):
//   loss = (M - z_t) + log S,   d loss / d z_j = exp(z_j - M) / S - (j == t).
// A row with a NaN, with +inf or with nothing but -inf has the loss NaN and a gradient of NaN. A target outside
// 0 ... columns - 1 has the loss +inf and reads no memory. M and S are reduced in sixteen lanes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/math.hpp"
#include "simd/lanes16.hpp"

namespace treadle::kernels {

namespace softmax_detail {

using math_detail::infinity;

/// Up to sixteen columns of a row, from `first` on. What pads the row is read and written too where that spares
/// handling lanes one by one: the other lanes are `fill` when read, and the padding is 0 once written.
template <class S>
struct Chunk {
  using Lanes = simd::Lanes16<S>;

  std::size_t first;
  std::size_t columns;     // of the row
  std::size_t row_stride;  // columns and padding

  TREADLE_INLINE Lanes load(const float* row, float fill) const {
    if (first + 16 <= columns) return Lanes::load(row + first);
    if (first + 16 > row_stride) return Lanes::load_first(row + first, columns - first, fill);
    return filled(Lanes::load(row + first), fill);
  }
  TREADLE_INLINE void store(float* row, const Lanes& lanes) const {
    if (first + 16 <= columns) return lanes.store(row + first);
    if (first + 16 > row_stride) return lanes.store_first(row + first, columns - first);
    filled(lanes, 0.0f).store(row + first);
  }
  /// The columns that stand in a part of the lanes.
  TREADLE_INLINE simd::Int<S> column(std::size_t part) const {
    constexpr std::int32_t lane[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return simd::Int<S>::load(lane + part * S::lanes) + simd::Int<S>::broadcast(static_cast<std::int32_t>(first));
  }

 private:
  TREADLE_INLINE Lanes filled(Lanes lanes, float fill) const {
    const auto end = simd::Float<S>::broadcast(static_cast<float>(columns));
    for (std::size_t p = 0; p < Lanes::parts; ++p)
      lanes.part[p] = select(greater(end, to_float(column(p))), lanes.part[p], simd::Float<S>::broadcast(fill));
    return lanes;
  }
};

template <class S>
TREADLE_INLINE float largest(const float* logits, std::size_t columns, std::size_t row_stride) {
  auto maxima = simd::Lanes16<S>::broadcast(-infinity);
  for (std::size_t first = 0; first < columns; first += 16) {
    const auto z = Chunk<S>{first, columns, row_stride}.load(logits, -infinity);
    for (std::size_t p = 0; p < maxima.parts; ++p) maxima.part[p] = max(maxima.part[p], z.part[p]);
  }
  return reduce_max(maxima);
}

/// What is gathered over the chunks of a row once its maximum is known.
template <class S>
struct Row {
  using Batch = simd::Float<S>;
  using Lanes = simd::Lanes16<S>;

  float maximum;
  std::int32_t target;
  Lanes sums = Lanes::broadcast(0.0f);
  Lanes target_logits = Lanes::broadcast(-infinity);
  Lanes first_largest = Lanes::broadcast(infinity);

  /// Takes in logits; returns exp(z - M).
  TREADLE_INLINE Lanes add(const Lanes& z, const Chunk<S>& at) {
    const auto wanted = simd::Int<S>::broadcast(target);
    const Batch largest = Batch::broadcast(maximum);
    Lanes e;
    for (std::size_t p = 0; p < Lanes::parts; ++p) {
      const auto column = at.column(p);
      e.part[p] = exp(z.part[p] - largest);
      sums.part[p] = sums.part[p] + e.part[p];
      const Batch if_target = select(equal(column, wanted), z.part[p], Batch::broadcast(-infinity));
      target_logits.part[p] = max(target_logits.part[p], if_target);
      const Batch if_largest = select(equal(z.part[p], largest), to_float(column), Batch::broadcast(infinity));
      first_largest.part[p] = min(first_largest.part[p], if_largest);
    }
    return e;
  }

  /// Writes the loss and whether the target is the first of the largest logits (1 or 0, and 0 where the loss is NaN);
  /// returns S.
  TREADLE_INLINE float finish(float* loss, float* correct) const {
    const float sum = reduce_add(sums);
    *loss = (maximum - reduce_max(target_logits)) + log(Batch::broadcast(sum)).first();
    const bool target_is_first = reduce_min(first_largest) == static_cast<float>(target);
    *correct = static_cast<float>(target_is_first & (*loss == *loss));
    return sum;
  }
};

}  // namespace softmax_detail

namespace reference {

/// M and S.
struct SoftmaxSum {
  float maximum;
  float sum;
};

struct SoftmaxRow : SoftmaxSum {
  float loss;
  float correct;
};

/// lane[i] with lane[i + 8], then with i + 4, i + 2 and i + 1.
template <class Combine>
float reduce_16(float* lane, Combine combine) noexcept {
  for (int half = 8; half != 0; half /= 2)
    for (int i = 0; i < half; ++i) lane[i] = combine(lane[i], lane[i + half]);
  return lane[0];
}

template <class Arithmetic>
SoftmaxSum softmax_sum(const float* logits, std::size_t columns) noexcept {
  using math_detail::infinity;
  const std::size_t padded = (columns + 15) / 16 * 16;
  const auto logit = [&](std::size_t column) { return column < columns ? logits[column] : -infinity; };

  float lane[16];
  for (float& value : lane) value = -infinity;
  for (std::size_t j = 0; j < padded; ++j) lane[j % 16] = lane[j % 16] > logit(j) ? lane[j % 16] : logit(j);
  SoftmaxSum row;
  row.maximum = reduce_16(lane, [](float a, float b) { return a > b ? a : b; });

  for (float& value : lane) value = 0.0f;
  for (std::size_t j = 0; j < padded; ++j) lane[j % 16] += exp<Arithmetic>(logit(j) - row.maximum);
  row.sum = reduce_16(lane, [](float a, float b) { return a + b; });
  return row;
}

template <class Arithmetic>
SoftmaxRow softmax_row(const float* logits, std::size_t columns, std::int32_t target) noexcept {
  using math_detail::infinity;
  SoftmaxRow row{softmax_sum<Arithmetic>(logits, columns), 0.0f, 0.0f};
  const bool known = target >= 0 && static_cast<std::size_t>(target) < columns;
  row.loss = (row.maximum - (known ? logits[target] : -infinity)) + log<Arithmetic>(row.sum);
  std::size_t first_largest = 0;
  while (first_largest < columns && logits[first_largest] != row.maximum) ++first_largest;
  row.correct = known && row.loss == row.loss && first_largest == static_cast<std::size_t>(target) ? 1.0f : 0.0f;
  return row;
}

}  // namespace reference

}  // namespace treadle::kernels
