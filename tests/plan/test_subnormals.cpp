// Training in which subnormal numbers arise, and training in which none does, against the references one value at a
// time: the same bits; but where NEON of ARMv7 and Helium take subnormals for zeros, not further away than what they
// drop. And what an optimizer keeps, in which none may arise.
#include <doctest/doctest.h>
#include <treadle/plan.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/adam.hpp"
#include "kernels/column_sum.hpp"
#include "kernels/each_isa.hpp"
#include "kernels/gemm.hpp"
#include "kernels/reference.hpp"
#include "kernels/sgd.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/table.hpp"
#include "support/subnormals.hpp"

namespace treadle {
namespace {

constexpr std::size_t rows = 4, in = 5, out = 3, iterations = 50;
constexpr float learning_rate = 0.5f;
constexpr Layer layers[] = {Dense{out}};
constexpr ModelView model{{in}, layers, {}};
constexpr std::int32_t targets[rows] = {0, 1, 2, 1};

/// The first feature is around 2^exponent, each other one a thousand times the one before.
std::vector<float> inputs_from(int exponent) {
  std::vector<float> inputs(rows * in);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = std::ldexp(1.0f + static_cast<float>(i * 7 % 11) / 11.0f, exponent + 10 * static_cast<int>(i % in));
  return inputs;
}

/// The weight [in, out], then the bias [out].
struct Parameters {
  std::vector<float> weight = std::vector<float>(in * out, 0.0f);
  std::vector<float> bias = std::vector<float>(out, 0.0f);
};

template <class Arithmetic>
void reference_iteration(const std::vector<float>& inputs, Parameters& parameters) {
  float logits[rows * out], loss[rows], correct[rows], weight_gradient[in * out], bias_gradient[out];
  kernels::reference::gemm<Arithmetic>({.a = inputs.data(),
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
  kernels::reference::softmax_cross_entropy<Arithmetic>(
      {logits, targets, logits, loss, correct, rows, out, out, 1.0f / rows});
  kernels::reference::gemm<Arithmetic>({.a = inputs.data(),
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
  kernels::reference::column_sum<Arithmetic>({logits, bias_gradient, rows, out, out, false});
  kernels::reference::sgd<Arithmetic>({parameters.weight.data(), weight_gradient, in * out, learning_rate, 0.0f});
  kernels::reference::sgd<Arithmetic>({parameters.bias.data(), bias_gradient, out, learning_rate, 0.0f});
}

/// In the order of Model::parameters(): the weight as [out, in], then the bias.
template <class Arithmetic>
std::vector<float> train_reference(const std::vector<float>& inputs) {
  Parameters parameters;
  for (std::size_t i = 0; i < iterations; ++i) reference_iteration<Arithmetic>(inputs, parameters);
  std::vector<float> all;
  for (std::size_t i = 0; i < in * out; ++i) all.push_back(parameters.weight[i % in * out + i / in]);
  all.insert(all.end(), parameters.bias.begin(), parameters.bias.end());
  return all;
}

std::vector<float> train(Isa isa, const std::vector<float>& inputs) {
  alignas(64) static std::byte memory[32 * 1024];
  auto step =
      plan(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = learning_rate}, {.batch_size = rows, .isa = isa}, memory);
  std::vector<float> parameters(in * out + out, 0.0f);
  REQUIRE(step.has_value());
  REQUIRE(step->set_parameters(parameters).has_value());
  for (std::size_t i = 0; i < iterations; ++i) step->run(inputs, targets);
  REQUIRE(step->get_parameters(parameters).has_value());
  return parameters;
}

constexpr float smallest = std::numeric_limits<float>::min();

bool any_subnormal(const std::vector<float>& values) {
  return std::any_of(values.begin(), values.end(), [](float x) { return x != 0.0f && std::abs(x) < smallest; });
}

/// With each instruction set; `tolerance` is for those that flush subnormals, all others give the reference's bits.
void compare_each_isa(const std::vector<float>& inputs, bool subnormals, float tolerance) {
  using namespace kernels::reference;
  kernels::test::with_each_isa([&](Isa isa) {
    const std::vector<float> want =
        isa == Isa::sse2 ? train_reference<Unfused>(inputs) : train_reference<Fused>(inputs);
    CHECK(any_subnormal(want) == subnormals);
    const std::vector<float> got = train(isa, inputs);
    const bool flushes = test::flushes_subnormals(isa);
    std::size_t other_bits = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
      other_bits += std::bit_cast<std::uint32_t>(got[i]) != std::bit_cast<std::uint32_t>(want[i]);
      CHECK_MESSAGE(std::abs(got[i] - want[i]) <= (flushes ? tolerance : 0.0f),
                    "parameter " << i << ": " << got[i] << ", " << want[i]);
    }
    // Hardware that does not flush belongs to the instruction sets with the same bits.
    CHECK((other_bits != 0) == (flushes && subnormals));
  });
}

TEST_CASE("training in which subnormals arise") {
  // The first feature is around the smallest normal number, 1.2e-38, so that products with gradients fall below it. A
  // weight is the sum of an update for each iteration, each of which comes from a gradient over the batch.
  compare_each_isa(inputs_from(-125), true, iterations * (rows * learning_rate + 1) * smallest);
}

TEST_CASE("the moments of gradients that have become 0 end at 0") {
  constexpr std::size_t n = 37;  // whole registers of every width, and some values more
  kernels::test::with_each_isa([](Isa isa) {
    for (const auto update : {kernels::table(isa)->adam, kernels::table(isa)->adamw}) {
      const std::vector<float> gradient(n, 0.0f);
      std::vector<float> parameter(n, 1.0f), first(n), second(n);
      for (std::size_t i = 0; i < n; ++i) {
        first[i] = std::ldexp(i % 2 == 0 ? 1.0f : -1.0f, -100 - static_cast<int>(i % 30));
        second[i] = std::ldexp(1.0f, -100 - static_cast<int>(i % 30));
      }
      const std::vector<float> second_before = second;
      const kernels::AdamArgs args{.parameter = parameter.data(),
                                   .gradient = gradient.data(),
                                   .first_moment = first.data(),
                                   .second_moment = second.data(),
                                   .n = n,
                                   .step_size = 1e-3f,
                                   .beta1 = 0.9f,
                                   .one_minus_beta1 = 0.1f,
                                   .beta2 = 0.99f,
                                   .one_minus_beta2 = 0.01f,
                                   .second_scale = 1.0f,
                                   .epsilon = 1e-8f,
                                   .decay = 0.0f};
      update(args);
      CHECK(std::abs(second[0] - 0.99f * second_before[0]) <= 1e-6f * second_before[0]);  // what is normal stays
      CHECK(!any_subnormal(first));
      CHECK(!any_subnormal(second));
      for (int i = 0; i < 300; ++i) update(args);
      CHECK(first == std::vector<float>(n, 0.0f));
      CHECK(!any_subnormal(second));
      for (const float p : parameter) CHECK(std::abs(p - 1.0f) <= 1e-6f);
    }
  });
}

TEST_CASE("training in which no subnormal arises") { compare_each_isa(inputs_from(-40), false, 0.0f); }

}  // namespace
}  // namespace treadle
