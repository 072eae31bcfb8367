// How the calls of a Dense layer are cut that share a large weight among few samples.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/checked.hpp"
#include "calls/recorder.hpp"

namespace treadle::layers {

/// No offset within the parameters.
inline constexpr std::size_t no_offset = SIZE_MAX;

/// How all calls that touch a weight are cut where few samples share it: by its inputs, which are rows of the weight,
/// so that a thread finds its own in its cache from call to call. The outputs' sums then go from slice to slice.
struct InputSlices {
  std::size_t inputs;  // of a slice, whole panels; 0: each call is cut as suits it

  /// Weights of a slice, about.
  static constexpr std::size_t weights = 51200;
  /// With more samples it takes longer to pass their sums on than to move the weight.
  static constexpr std::size_t most_samples = 8;

  static InputSlices of(const calls::Recorder& recorder, std::size_t in, std::size_t units, bool wants_dx) noexcept {
    const std::size_t panel = recorder.kernels().panel, samples = recorder.rows();
    const std::size_t slices = in * units / weights / 2 * 2;  // even, as most machines have threads
    if (!calls::threaded || !recorder.training() || !wants_dx || samples > most_samples ||
        samples != recorder.batch_rows() || slices == 0)
      return {0};
    return {panel * base::ceil_div(base::ceil_div(in, panel), slices)};
  }

  explicit operator bool() const noexcept { return calls::threaded && inputs != 0; }
  std::size_t count(std::size_t in) const noexcept { return base::ceil_div(in, inputs); }
};

}  // namespace treadle::layers
