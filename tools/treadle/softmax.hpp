// Probabilities for people to read, in double. What training computes with is in the library.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace treadle::tool {

/// -log(softmax(logits)[which]): the cross entropy against class `which`. Its exp(-x) is the class's probability.
inline double negative_log_probability(std::span<const float> logits, std::size_t which) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  return std::log(sum) + largest - static_cast<double>(logits[which]);
}

}  // namespace treadle::tool
