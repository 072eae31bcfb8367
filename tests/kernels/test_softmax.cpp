// What softmax cross entropy means, in double, and at the edges of its definition.
#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "each_isa.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/softmax_cross_entropy_loss.hpp"
#include "kernels/table.hpp"
#include "memory.hpp"

namespace treadle::kernels::test {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

struct Outcome {
  std::vector<float> gradient;
  float loss;
  float correct;
};

Outcome run(Isa isa, const std::vector<float>& logits, std::int32_t target, float scale = 1.0f) {
  Outcome outcome{std::vector<float>(logits.size()), -1, -1};
  table(isa)->softmax_cross_entropy({.logits = logits.data(),
                                     .targets = &target,
                                     .gradient = outcome.gradient.data(),
                                     .loss = &outcome.loss,
                                     .correct = &outcome.correct,
                                     .rows = 1,
                                     .columns = logits.size(),
                                     .row_stride = logits.size(),
                                     .scale = scale});
  float loss = -1, correct = -1;
  table(isa)->softmax_cross_entropy_loss({.logits = logits.data(),
                                          .targets = &target,
                                          .loss = &loss,
                                          .correct = &correct,
                                          .rows = 1,
                                          .columns = logits.size(),
                                          .row_stride = logits.size()});
  CHECK((loss == outcome.loss || (std::isnan(loss) && std::isnan(outcome.loss))));
  CHECK(correct == outcome.correct);
  return outcome;
}

TEST_CASE("loss and gradient are those of the formula") {
  with_each_isa([](Isa isa) {
    for (const std::size_t columns : {1, 2, 10, 16, 17, 100}) {
      CAPTURE(columns);
      Memory memory(columns, 0);
      const float* values = memory.floats(columns, Values::plain);
      const std::vector<float> logits(values, values + columns);
      const auto target = static_cast<std::int32_t>(columns / 2);
      const Outcome outcome = run(isa, logits, target, 0.125f);

      double sum = 0;
      for (const float z : logits) sum += std::exp(static_cast<double>(z));
      const double loss = std::log(sum) - static_cast<double>(logits[columns / 2]);
      CHECK(outcome.loss == doctest::Approx(loss).epsilon(1e-6));
      for (std::size_t j = 0; j < columns; ++j) {
        const double probability = std::exp(static_cast<double>(logits[j])) / sum;
        const double gradient = (probability - (j == columns / 2)) / 8;
        CHECK(std::abs(static_cast<double>(outcome.gradient[j]) - gradient) <= 2e-7);
      }
    }
  });
}

TEST_CASE("the first of the largest logits decides") {
  with_each_isa([](Isa isa) {
    std::vector<float> logits(40, 1.0f);
    logits[5] = logits[21] = logits[38] = 2.0f;
    CHECK(run(isa, logits, 5).correct == 1.0f);
    for (const std::int32_t target : {0, 4, 6, 21, 38, 39}) CHECK(run(isa, logits, target).correct == 0.0f);
    const std::vector<float> zeros = {-0.0f, 0.0f, 0.0f};
    CHECK(run(isa, zeros, 0).correct == 1.0f);
    CHECK(run(isa, zeros, 1).correct == 0.0f);
  });
}

TEST_CASE("large logits do not overflow") {
  with_each_isa([](Isa isa) {
    const Outcome outcome = run(isa, {3e38f, -3e38f, 1e38f}, 0);
    CHECK(outcome.loss == 0.0f);
    CHECK(outcome.gradient == std::vector<float>{0.0f, 0.0f, 0.0f});
    CHECK(run(isa, {1000.0f, 0.0f}, 1).loss == 1000.0f);
  });
}

TEST_CASE("a class that cannot be has no probability") {
  with_each_isa([](Isa isa) {
    const Outcome outcome = run(isa, {0.0f, -infinite, 0.0f}, 2);
    CHECK(outcome.loss == doctest::Approx(std::log(2.0)));
    CHECK(outcome.gradient == std::vector<float>{0.5f, 0.0f, -0.5f});
    CHECK(run(isa, {0.0f, -infinite}, 1).loss == infinite);
  });
}

TEST_CASE("rows that are not numbers are never correct") {
  with_each_isa([](Isa isa) {
    for (const float bad : {nan, -nan, infinite})
      for (const std::size_t where : {0, 3, 15, 16, 19}) {
        std::vector<float> logits(20, 1.0f);
        logits[where] = bad;
        const Outcome outcome = run(isa, logits, static_cast<std::int32_t>(where));
        CHECK(std::isnan(outcome.loss));
        CHECK(outcome.correct == 0.0f);
        CHECK(std::isnan(outcome.gradient[where]));
      }
    CHECK(std::isnan(run(isa, {-infinite, -infinite}, 0).loss));
  });
}

TEST_CASE("a target that is no class does no harm") {
  with_each_isa([](Isa isa) {
    for (const std::int32_t target : {-1, 3, 16, INT32_MAX, INT32_MIN}) {
      const Outcome outcome = run(isa, {1.0f, 1.0f, 1.0f}, target);
      CHECK(outcome.loss == infinite);
      CHECK(outcome.correct == 0.0f);
      for (const float gradient : outcome.gradient) CHECK(gradient == doctest::Approx(1 / 3.0));
    }
  });
}

}  // namespace
}  // namespace treadle::kernels::test
