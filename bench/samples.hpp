// What training steps are timed with: the same random numbers for Treadle and its peers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace treadle::bench {

inline constexpr std::size_t image_size = 28;
inline constexpr std::size_t pixels = image_size * image_size;
inline constexpr std::size_t classes = 10;

/// Steps before the clock starts: enough of the short ones that a plan has found out whether threads pay.
template <class Step>
void warm_up(Step&& step) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::milliseconds(20);
  for (int i = 0; i < 3 || (i < 32 && Clock::now() < until); ++i) step();
}

/// Several batches, so that no step finds its inputs in the first cache.
constexpr std::size_t batches_for(std::size_t batch) { return std::max<std::size_t>(1, 4096 / batch); }

/// `batches` batches one after the other; a step takes the next one, and after the last the first again.
struct Samples {
  std::vector<float> inputs;          // [batches * batch, pixels], in [0, 1)
  std::vector<std::int32_t> targets;  // [batches * batch], in [0, classes)
  std::size_t batches;
};

inline Samples make_samples(std::size_t batch) {
  Samples samples{{}, {}, batches_for(batch)};
  samples.inputs.resize(samples.batches * batch * pixels);
  samples.targets.resize(samples.batches * batch);
  std::uint32_t random = 1;
  const auto next = [&] { return random = random * 1664525u + 1013904223u, random >> 8; };
  for (float& value : samples.inputs) value = static_cast<float>(next()) * 0x1p-24f;
  for (std::int32_t& target : samples.targets) target = static_cast<std::int32_t>(next() % classes);
  return samples;
}

}  // namespace treadle::bench
