// The loss of samples with two targets against a loss in double, its central differences, and numbers worked out by
// hand.
#include <doctest/doctest.h>
#include <treadle/losses.hpp>

#include <array>
#include <cmath>
#include <vector>

#include "calls/call.hpp"
#include "kernels/each_isa.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/table.hpp"
#include "support/networks.hpp"

using namespace treadle;

namespace {

struct MixedOutcome {
  std::vector<float> gradient, loss, correct;
};

/// Of a micro-batch that is the whole batch.
MixedOutcome run(Isa isa, const std::vector<float>& logits, std::vector<std::int32_t> targets,
                 const MixedTargets& mixed) {
  const std::size_t rows = targets.size(), columns = logits.size() / rows;
  MixedOutcome o{logits, std::vector<float>(rows),
                 std::vector<float>(rows)};  // the gradient takes the place of the logits
  const std::array<std::byte*, 2> addresses = {nullptr, reinterpret_cast<std::byte*>(targets.data())};
  mixed.loss({.kernels = kernels::table(isa),
              .addresses = addresses.data(),
              .rows = rows,
              .batch_rows = rows,
              .mixed = &mixed},
             {.logits = o.gradient.data(),
              .targets = targets.data(),
              .gradient = o.gradient.data(),
              .loss = o.loss.data(),
              .correct = o.correct.data(),
              .rows = rows,
              .columns = columns,
              .row_stride = columns,
              .scale = 1.0f / static_cast<float>(rows)});
  return o;
}

/// Mean of -sum_j q_j log(softmax(z)_j), q = (1 - share) onehot(target) + share onehot(other): what
/// torch.nn.functional.cross_entropy computes for class probabilities.
double mean_loss(const std::vector<double>& logits, const std::vector<std::int32_t>& targets,
                 const MixedTargets& mixed) {
  const std::size_t rows = targets.size(), columns = logits.size() / rows;
  double sum = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const double* z = logits.data() + row * columns;
    double total = 0;
    for (std::size_t j = 0; j < columns; ++j) total += std::exp(z[j]);
    for (std::size_t j = 0; j < columns; ++j) {
      const auto share = static_cast<double>(mixed.shares[row]);
      const double q = (static_cast<std::size_t>(targets[row]) == j ? 1 - share : 0) +
                       (static_cast<std::size_t>(mixed.others[row]) == j ? share : 0);
      sum -= q * (z[j] - std::log(total));
    }
  }
  return sum / static_cast<double>(rows);
}

}  // namespace

TEST_CASE("the loss of two targets is that of their mixture, and the gradient its central differences in double") {
  kernels::test::with_each_isa([](Isa isa) {
    for (std::size_t columns : {1, 2, 3, 10, 15, 16, 17, 33, 100}) {
      CAPTURE(columns);
      constexpr std::size_t rows = 6;
      std::vector<float> logits = test::random_values(rows * columns, columns);
      for (float& z : logits) z *= 4;
      const std::vector<std::int32_t> targets = test::random_classes(rows, columns, columns);
      const std::vector<std::int32_t> others = test::random_classes(rows, columns, columns + 1);
      const std::vector<float> shares = {0, 0.125f, 0.3f, 0.5f, 0.9f, 1};
      const MixedTargets mixed{others, shares};
      const MixedOutcome o = run(isa, logits, targets, mixed);
      std::vector<double> wide(logits.begin(), logits.end());
      double loss = 0;
      for (float l : o.loss) loss += static_cast<double>(l);
      CHECK(loss / rows == doctest::Approx(mean_loss(wide, targets, mixed)).epsilon(1e-6));
      for (std::size_t i = 0; i < wide.size(); ++i) {
        const double h = 1e-5, z = wide[i];
        wide[i] = z + h;
        const double above = mean_loss(wide, targets, mixed);
        wide[i] = z - h;
        const double below = mean_loss(wide, targets, mixed);
        wide[i] = z;
        CHECK(std::abs(static_cast<double>(o.gradient[i]) - (above - below) / (2 * h)) < 2e-7);
      }
    }
  });
}

TEST_CASE("the loss of two targets is what it is by hand") {
  // softmax(0, ln 2, ln 4) = (1, 2, 4) / 7. A quarter of the target 0 goes to class 2, nothing of class 1's to class 0.
  const float ln2 = 0.69314718f;
  const std::vector<float> logits = {0, ln2, 2 * ln2, 0, ln2, 2 * ln2}, shares = {0.25f, 0};
  const std::vector<std::int32_t> others = {2, 0};
  kernels::test::with_each_isa([&](Isa isa) {
    const MixedOutcome o = run(isa, logits, {0, 1}, {others, shares});
    CHECK(o.loss[0] == doctest::Approx(1.9459101 - 0.25 * 1.3862944).epsilon(1e-6));  // ln 7 - ln 4 / 4
    CHECK(o.loss[1] == doctest::Approx(1.2527630).epsilon(1e-6));                     // ln 7 - ln 2
    const double expected[] = {1.0 / 7 - 0.75, 2.0 / 7, 4.0 / 7 - 0.25, 1.0 / 7, 2.0 / 7 - 1, 4.0 / 7};
    for (std::size_t i = 0; i < 6; ++i) CHECK(std::abs(static_cast<double>(o.gradient[i]) - expected[i] / 2) < 1e-7);
    CHECK(o.correct == std::vector<float>{0, 0});
    CHECK(run(isa, logits, {2, 1}, {others, shares}).correct == std::vector<float>{1, 0});
  });
}
