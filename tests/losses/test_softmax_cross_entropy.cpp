// Softmax cross entropy against central differences in double, and against vectors that PyTorch made.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "kernels/each_isa.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/softmax_cross_entropy_loss.hpp"
#include "kernels/table.hpp"
#include "losses/losses.hpp"
#include "support/networks.hpp"
#include "support/vectors.hpp"

using namespace treadle;

namespace {

struct Outcome {
  std::vector<float> gradient, loss, correct;
};

Outcome run(Isa isa, const std::vector<float>& logits, const std::vector<std::int32_t>& targets) {
  const std::size_t rows = targets.size(), columns = logits.size() / rows;
  Outcome o{std::vector<float>(logits.size()), std::vector<float>(rows), std::vector<float>(rows)};
  kernels::table(isa)->softmax_cross_entropy({.logits = logits.data(),
                                              .targets = targets.data(),
                                              .gradient = o.gradient.data(),
                                              .loss = o.loss.data(),
                                              .correct = o.correct.data(),
                                              .rows = rows,
                                              .columns = columns,
                                              .row_stride = columns,
                                              .scale = 1.0f / static_cast<float>(rows)});
  std::vector<float> loss(rows), correct(rows);
  kernels::table(isa)->softmax_cross_entropy_loss({.logits = logits.data(),
                                                   .targets = targets.data(),
                                                   .loss = loss.data(),
                                                   .correct = correct.data(),
                                                   .rows = rows,
                                                   .columns = columns,
                                                   .row_stride = columns});
  CHECK(test::same_bits(loss, o.loss));
  CHECK(correct == o.correct);
  return o;
}

double mean_loss(const std::vector<double>& logits, const std::vector<std::int32_t>& targets) {
  const std::size_t rows = targets.size(), columns = logits.size() / rows;
  double sum = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double total = 0;
    for (std::size_t j = 0; j < columns; ++j) total += std::exp(logits[row * columns + j]);
    sum += std::log(total) - logits[row * columns + static_cast<std::size_t>(targets[row])];
  }
  return sum / static_cast<double>(rows);
}

}  // namespace

TEST_CASE("the gradient agrees with central differences in double") {
  kernels::test::with_each_isa([](Isa isa) {
    for (std::size_t columns : {1, 2, 3, 10, 15, 16, 17, 33, 100}) {
      const std::size_t rows = 5;
      std::vector<float> logits = test::random_values(rows * columns, columns);
      for (float& z : logits) z *= 4;
      const std::vector<std::int32_t> targets = test::random_classes(rows, columns, columns);
      const Outcome o = run(isa, logits, targets);
      std::vector<double> wide(logits.begin(), logits.end());
      double loss = 0;
      for (float l : o.loss) loss += static_cast<double>(l);
      CHECK(loss / rows == doctest::Approx(mean_loss(wide, targets)).epsilon(1e-6));
      for (std::size_t i = 0; i < wide.size(); ++i) {
        const double h = 1e-5, z = wide[i];
        wide[i] = z + h;
        const double above = mean_loss(wide, targets);
        wide[i] = z - h;
        const double below = mean_loss(wide, targets);
        wide[i] = z;
        CHECK(std::abs(o.gradient[i] - (above - below) / (2 * h)) < 2e-7);
      }
    }
  });
}

TEST_CASE("loss and gradient agree with torch.nn.functional.cross_entropy, with large logits too") {
  const test::Vectors vectors(TREADLE_TEST_DATA "/vectors/layer_vectors.safetensors");
  for (const std::string prefix : {"cross_entropy", "cross_entropy_large"})
    kernels::test::with_each_isa([&](Isa isa) {
      const std::vector<float> expected = vectors.floats(prefix + ".grad_logits");
      const Outcome o = run(isa, vectors.floats(prefix + ".logits"), vectors.integers(prefix + ".targets"));
      float loss = 0;
      for (float l : o.loss) loss += l;
      const float expected_loss = vectors.floats(prefix + ".loss").at(0);
      CHECK(std::abs(loss / static_cast<float>(o.loss.size()) - expected_loss) <= 1e-6f * (1 + expected_loss));
      for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(o.gradient[i] - expected[i]) <= 1e-6f);
    });
}

TEST_CASE("the first of the largest logits is the prediction") {
  kernels::test::with_each_isa([](Isa isa) {
    const float nan = std::nanf("");
    const std::vector<float> logits = {1, 3, 3, 0, /**/ 1, 3, 3, 0, /**/ nan, 1, 2, 3, /**/ 0, 0, 0, 0};
    CHECK(run(isa, logits, {1, 2, 3, 0}).correct == std::vector<float>{1, 0, 0, 1});
    CHECK(run(isa, logits, {-1, 4, 2147483647, -2147483647 - 1}).correct == std::vector<float>{0, 0, 0, 0});
  });
}

TEST_CASE("an output that is no row of classes is refused") {
  CHECK(losses::check(Loss{SoftmaxCrossEntropy{}}, {10}));
  CHECK(std::string(losses::check(Loss{SoftmaxCrossEntropy{}}, {2, 5}).error().text()) ==
        "SoftmaxCrossEntropy: expected an output [classes], got [2, 5]");
  CHECK(losses::check(Loss{SoftmaxCrossEntropy{}}, {(1u << 24) + 1}).error().code == ErrorCode::too_large);
}
