// The training step whose instructions are counted: dense 784-64-10 with relu, batch 32, SGD with momentum.
#pragma once

#include <cstddef>

namespace instructions {

/// Multiply-adds of one iteration: forward, both weight gradients, and the gradient of the second layer's input.
inline constexpr std::size_t multiply_adds = 32 * (2 * 784 * 64 + 3 * 64 * 10);

/// Plans the step in memory of this program and runs `iterations` of it. False when it does not fit, which is printed.
/// Instructions of one iteration are the difference between two runs.
bool run(std::size_t iterations) noexcept;

}  // namespace instructions
