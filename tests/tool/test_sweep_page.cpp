// Sweeps that no test machine measures: with every sensor, too little memory, too little time.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "sweep_page.hpp"

namespace treadle::tool {
namespace {

SweepResult measured(std::size_t batch_size, std::size_t threads, double speed) {
  SweepResult result;
  result.batch_size = batch_size;
  result.threads = threads;
  result.samples_per_second = speed;
  result.seconds = 2;
  result.training_joules = 0.5 * speed;
  result.epochs = {{1, 1, 0.8, 30.5}, {2, 2, 0.9, 61.25}};
  result.equal_time_accuracy = 0.85;
  result.sensors = {100, 55, 1400, 1500, false};
  return result;
}

Sweep usual_sweep() {
  Sweep sweep;
  sweep.title = "mlp, made up";
  sweep.target = 0.9;
  sweep.equal_seconds = 33;
  sweep.epochs = 2;
  sweep.results = {measured(4, 1, 1000), measured(8, 1, 2000)};
  return sweep;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("energy is told for a sample and to the target") {
  const Sweep sweep = usual_sweep();
  const std::string text = sweep_text(sweep), page = sweep_page(sweep);
  CHECK(has(text, "mJ/sample"));
  CHECK(has(text, "250.00"));  // half of 1,000 J over 2,000 samples
  CHECK(has(text, "J to 90.00 %"));
  CHECK(has(text, "61.2"));
  CHECK(has(page, "Energy to 90.00 %"));
  CHECK(has(page, "Energy of training"));
  const auto json = sweep_json(sweep);
  CHECK(json["results"][0]["joules_to_target"] == 61.25);
  CHECK(json["results"][0]["epochs"][0]["joules"] == 30.5);
  Sweep blind = usual_sweep();
  for (SweepResult& result : blind.results) {
    result.sensors = {};
    result.training_joules.reset();
    for (SweepPoint& point : result.epochs) point.joules.reset();
  }
  CHECK_FALSE(has(sweep_text(blind), "mJ"));
  CHECK_FALSE(has(sweep_page(blind), "Energy"));
  CHECK(sweep_json(blind)["results"][0]["joules_to_target"].is_null());
}

TEST_CASE("throttling is told by size") {
  Sweep sweep = usual_sweep();
  CHECK_FALSE(has(sweep_text(sweep), "Throttled while"));
  sweep.results[1].sensors.throttled = true;
  CHECK(has(sweep_text(sweep), "throttled"));
  CHECK(has(sweep_text(sweep), "Throttled while it was measured, so that a cooler machine is faster: batch size 8."));
}

TEST_CASE("what does not fit has a row, and bounds the largest that does") {
  Sweep sweep = usual_sweep();
  CHECK(has(sweep_text(sweep), "Largest that fits: batch size 8, the largest that was tried."));
  sweep.misfits = {{16, 1, "it takes too much"}, {32, 1, "it takes far too much"}};
  const std::string text = sweep_text(sweep);
  CHECK(has(text, "does not fit"));
  CHECK(has(text, "Largest that fits: batch size 8. Of batch size 16 memory does not suffice: it takes too much."));
  CHECK(has(sweep_page(sweep), ">32<"));
  const auto json = sweep_json(sweep);
  REQUIRE(json["misfits"].size() == 2);
  CHECK(json["misfits"][0]["batch_size"] == 16);
  CHECK(json["misfits"][1]["reason"] == "it takes far too much");
  CHECK(json["largest"]["batch_size"] == 8);
}

TEST_CASE("a size cut short has no accuracy at equal epochs, and does not take it from the others") {
  Sweep sweep = usual_sweep();
  sweep.results[0].cut_short = true;
  sweep.results[0].epochs.pop_back();
  const std::string text = sweep_text(sweep);
  CHECK(has(text, "% at 2 epochs"));
  CHECK(has(text, "90.00"));
  CHECK(has(text,
            "Out of their share of the budget before epoch 2, so that a larger --budget tells more: batch size 4."));
  sweep.results[1].epochs.pop_back();
  CHECK_FALSE(has(sweep_text(sweep), "% at 2 epochs"));
  for (SweepResult& result : sweep.results) result.epochs.clear();
  // Equal time needs no epoch.
  CHECK(has(sweep_text(sweep), "% at 33 s"));
  CHECK(has(sweep_page(sweep), "Final accuracy"));
  CHECK_FALSE(has(sweep_text(sweep), "s to 90"));
}

TEST_CASE("with several numbers of threads every size that is named has its own") {
  Sweep sweep = usual_sweep();
  sweep.results[1].threads = 2;
  CHECK(has(sweep_text(sweep), "best throughput: batch size 8 with 2 threads."));
  CHECK(has(sweep_text(sweep), "Most accurate after 33 s: batch size 4 with 1 thread."));
}

TEST_CASE("a sweep that was interrupted says what is missing") {
  Sweep sweep = usual_sweep();
  CHECK_FALSE(has(sweep_page(sweep), "Interrupted"));
  sweep.missing = 3;
  CHECK(has(sweep_page(sweep), "Interrupted: 3 sizes of 5 are still to be measured"));
  CHECK(sweep_json(sweep)["missing"] == 3);
}

}  // namespace
}  // namespace treadle::tool
