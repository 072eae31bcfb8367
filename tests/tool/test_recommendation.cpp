#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "errors.hpp"
#include "recommendation.hpp"

namespace treadle::tool {
namespace {

SweepResult measured(std::size_t batch_size, double speed, std::vector<SweepPoint> epochs,
                     std::optional<double> equal_time = {}) {
  SweepResult result;
  result.batch_size = batch_size;
  result.threads = 1;
  result.samples_per_second = speed;
  result.epochs = std::move(epochs);
  result.equal_time_accuracy = equal_time;
  return result;
}

/// Small batches are slow and learn more in an epoch.
std::vector<SweepResult> usual() {
  return {measured(1, 1000, {{1, 60, 0.86}}, 0.80),
          measured(16, 9000, {{1, 6, 0.84}, {2, 12, 0.86}, {3, 18, 0.87}}, 0.88),
          measured(128, 28000, {{1, 2, 0.80}, {2, 4, 0.84}, {3, 6, 0.855}}, 0.885),
          measured(1024, 30000, {{1, 1.9, 0.70}, {2, 3.8, 0.78}, {3, 5.7, 0.80}}, 0.86)};
}

TEST_CASE("the fastest to the target is recommended, with its reason") {
  const Recommendation advice = recommend(usual(), 0.85);
  CHECK(advice.chosen == 2);
  CHECK(advice.fastest_to_target == 2);
  CHECK(advice.best_at_equal_time == 2);
  CHECK(advice.knee == 2);
  CHECK(advice.largest == 3);
  CHECK(advice.reason == "batch size 128: the fastest to 85.00 %, in 6.0 s and 3 epochs");
}

TEST_CASE("another target has another answer") {
  CHECK(recommend(usual(), 0.865).chosen == 1);
  CHECK(recommend(usual(), 0.70).chosen == 3);
}

TEST_CASE("what no size reaches leaves the best at equal time") {
  const Recommendation advice = recommend(usual(), 0.95);
  CHECK_FALSE(advice.fastest_to_target);
  CHECK(advice.chosen == 2);
  CHECK(advice.reason.find("no size reached 95.00 %") != std::string::npos);
}

TEST_CASE("without validation data the knee of the throughput is left") {
  const Recommendation advice = recommend({measured(1, 80, {}), measured(4, 91, {}), measured(8, 100, {})}, 0.9);
  CHECK(advice.chosen == 1);
  CHECK(advice.reason.find("batch size 4: the smallest with 90 %") != std::string::npos);
}

TEST_CASE("of equals the smaller batch, then fewer threads") {
  std::vector<SweepResult> equal = {measured(8, 100, {{1, 2, 0.9}}), measured(4, 100, {{1, 2, 0.9}}),
                                    measured(4, 100, {{1, 2, 0.9}})};
  equal[1].threads = 2;
  const Recommendation advice = recommend(equal, 0.9);
  CHECK(advice.chosen == 2);
  CHECK(advice.reason.starts_with("batch size 4 with 1 thread: "));
}

TEST_CASE("what diverged is not recommended, be it fast") {
  std::vector<SweepResult> results = usual();
  results[2].diverged = results[3].diverged = true;
  results[2].equal_time_accuracy = results[3].equal_time_accuracy = std::nullopt;
  CHECK(recommend(results, 0.85).chosen == 1);
  CHECK(recommend(results, 0.95).chosen == 1);
  CHECK(recommend(results, 0.85).knee == 1);
  CHECK(recommend(results, 0.85).largest == 3);
  for (SweepResult& result : results) {
    result.diverged = true;
    result.equal_time_accuracy = std::nullopt;
  }
  const Recommendation none = recommend(results, 0.85);
  CHECK_FALSE(none.chosen);
  CHECK_FALSE(none.knee);
  CHECK(none.reason == "none: every size diverged");
}

TEST_CASE("an accuracy after some epochs is that of who finished them") {
  CHECK(accuracy_after(usual()[1], 2) == 0.86);
  CHECK_FALSE(accuracy_after(usual()[0], 2));
}

TEST_CASE("where no size finished an epoch the reason says so") {
  const Recommendation advice = recommend({measured(1, 80, {}, 0.5), measured(4, 91, {}, 0.6)}, 0);
  CHECK(advice.chosen == 1);
  CHECK(advice.reason == "batch size 4: no size finished an epoch; it was the most accurate after equal time, 60.00 %");
}

TEST_CASE("joules a sample are those of training") {
  SweepResult result = measured(4, 100, {});
  CHECK_FALSE(joules_a_sample(result));
  result.training_joules = 60;
  CHECK_FALSE(joules_a_sample(result));  // of no sample yet
  result.seconds = 3;
  CHECK(joules_a_sample(result) == doctest::Approx(0.2));
}

TEST_CASE("the target is 2 points below the best unless it is given") {
  CHECK(default_target(usual()) == doctest::Approx(0.85));
  CHECK(default_target({measured(1, 1, {})}) == 0);
}

TEST_CASE("a result is the same after it was written and read") {
  SweepResult result = usual()[1];
  result.measured_bytes = 12345;
  result.sensors.joules = 6.5;
  result.sensors.throttled = true;
  result.training_joules = 4.25;
  result.epochs[1].joules = 2.5;
  result.cut_short = result.diverged = true;
  result.scaled_rate = 0.02;
  result.tuned_rate = 0.0125;
  CHECK(to_json(sweep_result(to_json(result))) == to_json(result));
  CHECK(to_json(result)["celsius"].is_null());
  CHECK(sweep_result(to_json(result)).tuned_rate == 0.0125);
  CHECK(to_json(usual()[0])["tuned_rate"].is_null());
  CHECK_THROWS_AS(sweep_result({{"batch_size", 1}}), Failure);
  nlohmann::ordered_json wrong = to_json(result);
  wrong["joules"] = "many";
  CHECK_THROWS_AS(sweep_result(wrong), Failure);
}

}  // namespace
}  // namespace treadle::tool
