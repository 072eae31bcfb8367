// Sixteen floats whatever the register width (one zmm, two ymm, four xmm or q, sixteen scalars). Sums and maxima over
// an array run in these lanes and end in one fixed tree, so that every instruction set gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/batch.hpp"

namespace treadle::simd {

template <class S>
struct Lanes16 {
  static constexpr std::size_t lanes = 16;
  static constexpr std::size_t parts = lanes / S::lanes;
  static_assert(parts * S::lanes == lanes);

  Float<S> part[parts];

  TREADLE_INLINE static Lanes16 broadcast(float x) {
    Lanes16 all;
    for (std::size_t p = 0; p < parts; ++p) all.part[p] = Float<S>::broadcast(x);
    return all;
  }
  TREADLE_INLINE static Lanes16 load(const float* from) {
    Lanes16 all;
    for (std::size_t p = 0; p < parts; ++p) all.part[p] = Float<S>::load(from + p * S::lanes);
    return all;
  }
  /// Reads the first `count` < 16 floats; the other lanes are `fill`.
  TREADLE_INLINE static Lanes16 load_first(const float* from, std::size_t count, float fill) {
    Lanes16 all;
    for (std::size_t p = 0; p < parts; ++p) {
      const std::size_t begin = p * S::lanes;
      if (begin + S::lanes <= count)
        all.part[p] = Float<S>::load(from + begin);
      else if (begin < count)
        all.part[p] = Float<S>::load_first(from + begin, count - begin, fill);
      else
        all.part[p] = Float<S>::broadcast(fill);
    }
    return all;
  }
  TREADLE_INLINE void store(float* to) const {
    for (std::size_t p = 0; p < parts; ++p) part[p].store(to + p * S::lanes);
  }
  /// Writes the first `count` < 16 floats and nothing else.
  TREADLE_INLINE void store_first(float* to, std::size_t count) const {
    for (std::size_t p = 0; p < parts; ++p) {
      const std::size_t begin = p * S::lanes;
      if (begin + S::lanes <= count)
        part[p].store(to + begin);
      else if (begin < count)
        part[p].store_first(to + begin, count - begin);
    }
  }
};

namespace lanes16_detail {

/// Combines lane i with lane i + count in one register, until one is left.
template <std::size_t count, class S, class Combine>
TREADLE_INLINE float fold(Float<S> a, const Combine& combine) {
  if constexpr (count == 0)
    return a.first();
  else
    return fold<count / 2>(combine(a, a.template down<count>()), combine);
}

}  // namespace lanes16_detail

/// One value of all lanes: lane i with lane i + 8, then with i + 4, i + 2 and i + 1.
template <class S, class Combine>
TREADLE_INLINE float reduce(Lanes16<S> a, const Combine& combine) {
  for (std::size_t half = Lanes16<S>::parts / 2; half != 0; half /= 2)
    for (std::size_t p = 0; p < half; ++p) a.part[p] = combine(a.part[p], a.part[p + half]);
  return lanes16_detail::fold<S::lanes / 2>(a.part[0], combine);
}

template <class S>
TREADLE_INLINE float reduce_add(const Lanes16<S>& a) {
  return reduce(a, [](Float<S> x, Float<S> y) { return x + y; });
}
template <class S>
TREADLE_INLINE float reduce_max(const Lanes16<S>& a) {
  return reduce(a, [](Float<S> x, Float<S> y) { return max(x, y); });
}
template <class S>
TREADLE_INLINE float reduce_min(const Lanes16<S>& a) {
  return reduce(a, [](Float<S> x, Float<S> y) { return min(x, y); });
}

}  // namespace treadle::simd
