// One row of softmax cross entropy: what its gradient and its evaluation share.
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

/// Sixteen columns from `first` on, or as many as there are.
template <class S>
struct Chunk {
  std::size_t first;
  std::size_t count;

  TREADLE_INLINE simd::Lanes16<S> load(const float* row, float fill) const {
    return count == 16 ? simd::Lanes16<S>::load(row + first) : simd::Lanes16<S>::load_first(row + first, count, fill);
  }
  TREADLE_INLINE void store(float* row, const simd::Lanes16<S>& lanes) const {
    if (count == 16)
      lanes.store(row + first);
    else
      lanes.store_first(row + first, count);
  }
  /// The columns that stand in a part of the lanes.
  TREADLE_INLINE simd::Int<S> columns(std::size_t part) const {
    constexpr std::int32_t lane[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return simd::Int<S>::load(lane + part * S::lanes) + simd::Int<S>::broadcast(static_cast<std::int32_t>(first));
  }
};

template <class S, class Body>
TREADLE_INLINE void for_each_chunk(std::size_t columns, const Body& body) {
  for (std::size_t first = 0; first < columns; first += 16)
    body(Chunk<S>{first, columns - first < 16 ? columns - first : 16});
}

template <class S>
TREADLE_INLINE float largest(const float* logits, std::size_t columns) {
  using Lanes = simd::Lanes16<S>;
  Lanes maxima = Lanes::broadcast(-infinity);
  for_each_chunk<S>(columns, [&](Chunk<S> at) TREADLE_INLINE_LAMBDA {
    const Lanes z = at.load(logits, -infinity);
    for (std::size_t p = 0; p < Lanes::parts; ++p) maxima.part[p] = max(maxima.part[p], z.part[p]);
  });
  return reduce_max(maxima);
}

struct Row {
  float sum;  // S
  float loss;
  float correct;  // 1 when the target is the first of the largest logits, else 0; 0 where the loss is NaN
};

/// Hands exp(z - M) of each chunk to `keep` as well.
template <class S, class Keep>
TREADLE_INLINE Row forward(const float* logits, std::size_t columns, std::int32_t target, const Keep& keep) {
  using Batch = simd::Float<S>;
  using Lanes = simd::Lanes16<S>;
  const float max_logit = largest<S>(logits, columns);
  const Batch maximum = Batch::broadcast(max_logit);
  const auto wanted = simd::Int<S>::broadcast(target);

  Lanes sums = Lanes::broadcast(0.0f);
  Lanes target_logits = Lanes::broadcast(-infinity);
  Lanes first_largest = Lanes::broadcast(infinity);
  for_each_chunk<S>(columns, [&](Chunk<S> at) TREADLE_INLINE_LAMBDA {
    const Lanes z = at.load(logits, -infinity);
    Lanes e;
    for (std::size_t p = 0; p < Lanes::parts; ++p) {
      const auto column = at.columns(p);
      e.part[p] = exp(z.part[p] - maximum);
      sums.part[p] = sums.part[p] + e.part[p];
      const Batch if_target = select(equal(column, wanted), z.part[p], Batch::broadcast(-infinity));
      target_logits.part[p] = max(target_logits.part[p], if_target);
      const Batch if_largest = select(equal(z.part[p], maximum), to_float(column), Batch::broadcast(infinity));
      first_largest.part[p] = min(first_largest.part[p], if_largest);
    }
    keep(at, e);
  });

  Row row;
  row.sum = reduce_add(sums);
  row.loss = (max_logit - reduce_max(target_logits)) + log(Batch::broadcast(row.sum)).first();
  const bool target_is_first = reduce_min(first_largest) == static_cast<float>(target);
  row.correct = static_cast<float>(target_is_first & (row.loss == row.loss));
  return row;
}

}  // namespace softmax_detail

namespace reference {

struct SoftmaxRow {
  float maximum;
  float sum;
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
SoftmaxRow softmax_row(const float* logits, std::size_t columns, std::int32_t target) noexcept {
  using math_detail::infinity;
  const std::size_t padded = (columns + 15) / 16 * 16;
  const auto logit = [&](std::size_t column) { return column < columns ? logits[column] : -infinity; };

  float lane[16];
  for (float& value : lane) value = -infinity;
  for (std::size_t j = 0; j < padded; ++j) lane[j % 16] = lane[j % 16] > logit(j) ? lane[j % 16] : logit(j);
  SoftmaxRow row;
  row.maximum = reduce_16(lane, [](float a, float b) { return a > b ? a : b; });

  for (float& value : lane) value = 0.0f;
  for (std::size_t j = 0; j < padded; ++j) lane[j % 16] += exp<Arithmetic>(logit(j) - row.maximum);
  row.sum = reduce_16(lane, [](float a, float b) { return a + b; });

  const bool known = target >= 0 && static_cast<std::size_t>(target) < columns;
  row.loss = (row.maximum - (known ? logits[target] : -infinity)) + log<Arithmetic>(row.sum);
  std::size_t first_largest = 0;
  while (first_largest < columns && logits[first_largest] != row.maximum) ++first_largest;
  row.correct = known && row.loss == row.loss && first_largest == static_cast<std::size_t>(target) ? 1.0f : 0.0f;
  return row;
}

}  // namespace reference

}  // namespace treadle::kernels
