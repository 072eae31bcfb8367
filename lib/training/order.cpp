#include <treadle/training.hpp>

#include <utility>

#include "base/philox.hpp"

namespace treadle {

void shuffled_order(std::uint64_t seed, std::size_t epoch, std::span<std::uint32_t> order) noexcept {
  const base::RandomStream random(seed, base::Purpose::sample_order, static_cast<std::uint32_t>(epoch));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i), i)]);
}

}  // namespace treadle
