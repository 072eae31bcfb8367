// The loop of kernels that treat each value alone: whole batches, then the values that are left.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/batch.hpp"
#include "simd/twice.hpp"

namespace treadle::kernels {

/// The lanes at `first` of any array.
template <class S>
struct WholeBatch {
  std::size_t first;

  TREADLE_INLINE simd::Float<S> load(const float* from) const { return simd::Float<S>::load(from + first); }
  TREADLE_INLINE simd::Float<S> load_bytes(const std::uint8_t* from) const {
    return simd::Float<S>::load_bytes(from + first);
  }
  TREADLE_INLINE void store(float* to, simd::Float<S> value) const { value.store(to + first); }
};

/// The `count` < lanes values at `first`, where the array ends. The other lanes are 0 and are not stored.
template <class S>
struct LastValues {
  std::size_t first;
  std::size_t count;

  TREADLE_INLINE simd::Float<S> load(const float* from) const {
    return simd::Float<S>::load_first(from + first, count, 0.0f);
  }
  TREADLE_INLINE simd::Float<S> load_bytes(const std::uint8_t* from) const {
    return simd::Float<S>::load_first_bytes(from + first, count);
  }
  TREADLE_INLINE void store(float* to, simd::Float<S> value) const { value.store_first(to + first, count); }
};

/// Calls body(at) for all of 0 ... n - 1, in order; at.load(x) and at.store(y, value) access the arrays there.
template <class S, class Body>
TREADLE_INLINE void for_each_batch(std::size_t n, const Body& body) {
  constexpr std::size_t lanes = S::lanes;
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) body(WholeBatch<S>{i});
  if constexpr (lanes > 1)
    if (i < n) body(LastValues<S>{i, n - i});
}

/// The same two batches at once where there are two, for bodies that are one long chain of operations. The body takes
/// what it loads by `auto`. One lane is a microcontroller's, whose flash is dear: there one at a time.
template <class S, class Body>
TREADLE_INLINE void for_each_two_batches(std::size_t n, const Body& body) {
  if constexpr (S::lanes == 1) return for_each_batch<S>(n, body);
  using Two = simd::Twice<S>;
  std::size_t i = 0;
  for (; i + Two::lanes <= n; i += Two::lanes) body(WholeBatch<Two>{i});
  if (i + S::lanes <= n) {
    body(WholeBatch<S>{i});
    i += S::lanes;
  }
  if (i < n) body(LastValues<S>{i, n - i});
}

/// Four batches a turn, for bodies so short that the loop is a good part of the instructions. The body takes what it
/// loads by `auto`. One lane is a microcontroller's, whose flash is dear.
template <class S, class Body>
TREADLE_INLINE void for_each_four_batches(std::size_t n, const Body& body) {
  using Two = simd::Twice<S>;
  std::size_t i = 0;
  if constexpr (S::lanes > 1)
    for (; i + 2 * Two::lanes <= n; i += 2 * Two::lanes) {
      body(WholeBatch<Two>{i});
      body(WholeBatch<Two>{i + Two::lanes});
    }
  for (; i + S::lanes <= n; i += S::lanes) body(WholeBatch<S>{i});
  if constexpr (S::lanes > 1)
    if (i < n) body(LastValues<S>{i, n - i});
}

}  // namespace treadle::kernels
