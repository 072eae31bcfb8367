// Numbers for tests: the same on every machine, from the library's own generator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/philox.hpp"

namespace treadle::test {

/// `count` floats in [-1, 1).
inline std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
  const base::RandomStream random(seed, base::Purpose::initial_parameters, 0xFFFF);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = 2.0f * random.uniform(i) - 1.0f;
  return values;
}

/// `count` class numbers in 0 ... classes - 1.
inline std::vector<std::int32_t> random_classes(std::size_t count, std::size_t classes, std::uint64_t seed) {
  const base::RandomStream random(seed, base::Purpose::sample_order, 0xFFFF);
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(classes), i));
  return values;
}

}  // namespace treadle::test
