// Training in which subnormal numbers arise, against the references one value at a time: the same bits on a scalar FPU;
// with Helium, which takes them for zeros, not further away than what it drops.
#include <doctest/doctest.h>
#include <treadle/plan.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/column_sum.hpp"
#include "kernels/gemm.hpp"
#include "kernels/reference.hpp"
#include "kernels/sgd.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "support/subnormals.hpp"

namespace treadle {
namespace {

constexpr std::size_t rows = 4, in = 5, out = 3, iterations = 50;
constexpr float learning_rate = 0.5f;
constexpr Layer layers[] = {Dense{out}};
constexpr ModelView model{{in}, layers, {}};
constexpr std::int32_t targets[rows] = {0, 1, 2, 1};

/// The first feature is around the smallest normal number, 1.2e-38, so that products with gradients fall below it; each
/// other one is a thousand times the one before.
std::vector<float> small_inputs() {
  std::vector<float> inputs(rows * in);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = std::ldexp(1.0f + static_cast<float>(i * 7 % 11) / 11.0f, -125 + 10 * static_cast<int>(i % in));
  return inputs;
}

/// The weight [in, out], then the bias [out].
struct Parameters {
  std::vector<float> weight = std::vector<float>(in * out, 0.0f);
  std::vector<float> bias = std::vector<float>(out, 0.0f);
};

void reference_iteration(const std::vector<float>& inputs, Parameters& parameters) {
  using kernels::reference::Fused;
  float logits[rows * out], loss[rows], correct[rows], weight_gradient[in * out], bias_gradient[out];
  kernels::reference::gemm<Fused>({.a = inputs.data(),
                                   .a_row_stride = in,
                                   .a_k_stride = 1,
                                   .b = parameters.weight.data(),
                                   .b_panel_stride = 0,
                                   .b_k_stride = out,
                                   .c = logits,
                                   .c_panel_stride = 0,
                                   .c_row_stride = out,
                                   .bias = parameters.bias.data(),
                                   .m = rows,
                                   .columns = out,
                                   .k = in,
                                   .start = kernels::GemmStart::bias},
                                  out);
  kernels::reference::softmax_cross_entropy<Fused>(
      {logits, targets, logits, loss, correct, rows, out, out, 1.0f / rows});
  kernels::reference::gemm<Fused>({.a = inputs.data(),
                                   .a_row_stride = 1,
                                   .a_k_stride = in,
                                   .b = logits,
                                   .b_panel_stride = 0,
                                   .b_k_stride = out,
                                   .c = weight_gradient,
                                   .c_panel_stride = 0,
                                   .c_row_stride = out,
                                   .bias = nullptr,
                                   .m = in,
                                   .columns = out,
                                   .k = rows,
                                   .start = kernels::GemmStart::zero},
                                  out);
  kernels::reference::column_sum<Fused>({logits, bias_gradient, rows, out, out, false});
  kernels::reference::sgd<Fused>({parameters.weight.data(), weight_gradient, in * out, learning_rate, 0.0f});
  kernels::reference::sgd<Fused>({parameters.bias.data(), bias_gradient, out, learning_rate, 0.0f});
}

TEST_CASE("training in which subnormals arise") {
  const std::vector<float> inputs = small_inputs();
  Parameters expected;
  for (std::size_t i = 0; i < iterations; ++i) reference_iteration(inputs, expected);
  std::vector<float> want;  // in the order of Model::parameters(): [out, in], then the bias
  for (std::size_t i = 0; i < in * out; ++i) want.push_back(expected.weight[i % in * out + i / in]);
  want.insert(want.end(), expected.bias.begin(), expected.bias.end());

  alignas(64) static std::byte memory[16 * 1024];
  auto step = plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = learning_rate}, {.batch_size = rows}, memory);
  REQUIRE(step.has_value());
  std::vector<float> got(in * out + out, 0.0f);
  REQUIRE(step->set_parameters(got).has_value());
  for (std::size_t i = 0; i < iterations; ++i) step->run(inputs, targets);
  REQUIRE(step->get_parameters(got).has_value());

  constexpr float smallest = std::numeric_limits<float>::min();
  const bool flushes = test::flushes_subnormals(compiled_isas().back());
  // A weight is the sum of an update for each iteration, each of which comes from a gradient over the batch.
  const float tolerance = flushes ? iterations * (rows * learning_rate + 1) * smallest : 0.0f;
  const auto subnormal = [&](float x) { return x != 0.0f && std::abs(x) < smallest; };
  CHECK(std::any_of(want.begin(), want.end(), subnormal));
  std::size_t other_bits = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    other_bits += std::bit_cast<std::uint32_t>(got[i]) != std::bit_cast<std::uint32_t>(want[i]);
    CHECK_MESSAGE(std::abs(got[i] - want[i]) <= tolerance, "parameter " << i << ": " << got[i] << ", " << want[i]);
  }
  // Else the hardware does not flush, and belongs to the instruction sets with the same bits.
  CHECK((other_bits != 0) == flushes);
}

}  // namespace
}  // namespace treadle
