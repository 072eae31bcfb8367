// The counter-based random generator Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). Number n of a stream is a function of (key, n) alone, so any thread can produce any number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace treadle::base {

/// Ten rounds over a 128-bit counter with a 64-bit key: four independent 32-bit numbers.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// What a stream of numbers is for. Each purpose has its own numbers; a value, once released, never changes.
enum class Purpose : std::uint32_t {
  initial_parameters = 1,
  sample_order = 2,
  window_order = 3,
  weighted_order = 4,
  split = 5,
  augmentation = 6,
  mixup = 7,
  mixup_pairs = 8
};

/// The stream for (seed, purpose, part), where `part` counts layers' tensors or epochs.
class RandomStream {
 public:
  constexpr RandomStream(std::uint64_t seed, Purpose purpose, std::uint32_t part) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        purpose_(static_cast<std::uint32_t>(purpose)),
        part_(part) {}

  /// The numbers 4 * block ... 4 * block + 3 of bits() at once.
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t block) const noexcept {
    return philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), part_, purpose_}, key_);
  }
  /// 32 random bits; `index` counts them.
  constexpr std::uint32_t bits(std::uint64_t index) const noexcept { return block(index / 4)[index % 4]; }
  /// A float in [0, 1): a multiple of 2^-24.
  constexpr float uniform(std::uint64_t index) const noexcept {
    return static_cast<float>(bits(index) >> 8) * 0x1p-24f;
  }
  /// A number in 0 ... bound - 1, bound > 0. Its bias is below bound / 2^32 (Lemire 2019, arXiv:1805.10941, without the
  /// rejection, which would make the count of numbers used depend on their values).
  constexpr std::uint32_t below(std::uint32_t bound, std::uint64_t index) const noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{bits(index)} * bound) >> 32);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::uint32_t purpose_;
  std::uint32_t part_;
};

}  // namespace treadle::base
