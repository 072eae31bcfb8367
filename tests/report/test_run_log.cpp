#include <doctest/doctest.h>
#include <treadle/run_log.hpp>
#include <treadle/run_report.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/files.hpp"

namespace treadle {
namespace {

using test::check_error;

LoggedEpoch epoch(std::uint64_t number, double loss) {
  LoggedEpoch one;
  one.epoch = number;
  one.iterations = 10;
  one.train_loss = loss;
  one.train_accuracy = 0.5;
  one.seconds = 1.5;
  one.samples_per_second = 2e4;
  return one;
}

TEST_CASE("what is logged is read again") {
  LoggedEpoch one = epoch(1, 0.123456789012345678), two = epoch(2, std::numeric_limits<double>::infinity());
  one.validation_loss = 0.4;
  one.validation_accuracy = 0.875;
  one.learning_rate = 1e-3;
  const LoggedIteration iteration{.iteration = 7, .epoch = 1, .loss = 2.25, .learning_rate = 5e-4};
  const Result<RunLog> log = parse_run_log(log_line(iteration) + log_line(one) + log_line(two));
  REQUIRE(log);
  CHECK_FALSE(log->torn);
  REQUIRE(log->epochs.size() == 2);
  CHECK(log->epochs[0].train_loss == one.train_loss);
  CHECK(log->epochs[0].validation_loss == 0.4);
  CHECK(log->epochs[0].validation_accuracy == 0.875);
  CHECK(log->epochs[0].learning_rate == 1e-3);
  CHECK(log->epochs[0].iterations == 10);
  CHECK(std::isnan(log->epochs[1].train_loss));
  CHECK_FALSE(log->epochs[1].validation_loss);
  CHECK_FALSE(log->epochs[1].learning_rate);
  REQUIRE(log->iterations.size() == 1);
  CHECK(log->iterations[0].iteration == 7);
  CHECK(log->iterations[0].loss == 2.25);
  CHECK(log->iterations[0].learning_rate == 5e-4);
}

TEST_CASE("validations within epochs are logged, read and shown") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  LoggedEpoch one = epoch(1, 1.0);
  one.validation_loss = 0.4;
  one.validation_accuracy = 0.875;
  const std::string four = log_line(LoggedValidation{4, 1, 0.5, 0.75}),
                    eight = log_line(LoggedValidation{8, 1, nan, 0.8});
  CHECK(four == "{\"iteration\":4,\"epoch\":1,\"validation_loss\":0.5,\"validation_accuracy\":0.75}\n");
  // Resumed before the eighth iteration: the later line counts.
  const std::string text = four + log_line(LoggedValidation{8, 1, 0.1, 0.1}) +
                           log_line(LoggedIteration{8, 1, 0.5, {}}) + four + eight + log_line(one);
  const Result<RunLog> log = parse_run_log(text);
  REQUIRE(log);
  CHECK(log->epochs.size() == 1);
  CHECK(log->iterations.size() == 1);
  REQUIRE(log->validations.size() == 2);
  CHECK(log->validations[0].iteration == 4);
  CHECK(log->validations[0].epoch == 1);
  CHECK(log->validations[0].loss == 0.5);
  CHECK(log->validations[0].accuracy == 0.75);
  CHECK(std::isnan(log->validations[1].loss));
  CHECK(log->validations[1].accuracy == 0.8);

  reporting::RunRecord run;
  run.log = *log;
  CHECK(reporting::run_csv(run, "validations").value() ==
        "iteration,epoch,validation_loss,validation_accuracy\n4,1,0.5,0.75\n8,1,,0.8\n");
  CHECK(reporting::run_json(run).find(
            R"("validations":[{"iteration":4,"epoch":1,"loss":0.5,"accuracy":0.75},{"iteration":8,)") !=
        std::string::npos);
  // With the one at the epoch's end, which has ten iterations.
  const std::vector<reporting::LineChart> charts = reporting::learning_curves(run);
  const auto accuracy = std::find_if(charts.begin(), charts.end(), [](const auto& chart) {
    return chart.title == "Validation accuracy, within epochs too";
  });
  REQUIRE(accuracy != charts.end());
  REQUIRE(accuracy->series[0].points.size() == 3);
  CHECK(accuracy->series[0].points[1].y == 80);
  CHECK(accuracy->series[0].points[2].x == 10);
  CHECK(accuracy->series[0].points[2].y == 87.5);
  CHECK(reporting::run_events(run, 0).find("iteration/validation_accuracy") != std::string::npos);
  check_error(parse_run_log("{\"iteration\":4,\"validation_loss\":1}\n"), ErrorCode::bad_format, {"line 1", "epoch"});
}

TEST_CASE("a log cut off at any byte is what its whole lines say") {
  const std::string first = log_line(epoch(1, 2)), all = first + log_line(epoch(2, 1));
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const Result<RunLog> log = parse_run_log(std::string_view(all).substr(0, size));
    REQUIRE(log);
    CHECK(log->epochs.size() == (size == all.size() ? 2u : size >= first.size() ? 1u : 0u));
    CHECK(log->torn == (size != 0 && size != first.size() && size != all.size()));
  }
}

TEST_CASE("the end is told by the last line alone") {
  const std::string end = log_line(LoggedEnd{"request"});
  CHECK(end == "{\"ended\":\"request\"}\n");
  const std::string ended = log_line(epoch(1, 2)) + end;
  CHECK(parse_run_log(ended)->ended == "request");
  CHECK(parse_run_log(ended + log_line(epoch(2, 1)))->ended.empty());
  check_error(parse_run_log("{\"ended\":1}\n"), ErrorCode::bad_format, {"line 1", "ended", "a string"});
  const std::pair<const char*, const char*> sentences[] = {{"epochs", "all its epochs are done"},
                                                           {"iterations", "limit of its iterations"},
                                                           {"time", "limit of its time"},
                                                           {"no improvement", "no longer improved"},
                                                           {"request", "Interrupted"},
                                                           {"anomaly", "Stopped by the guard"},
                                                           {"diverged", "no finite numbers"},
                                                           {"error", "Ended by an error"},
                                                           {"<new>", "Ended: &lt;new&gt;."}};
  for (const auto& [reason, sentence] : sentences) {
    reporting::RunRecord run;
    run.log.ended = reason;
    CHECK(reporting::run_page(run).find(sentence) != std::string::npos);
  }
}

TEST_CASE("a run that was resumed tells some epochs again, and the later line counts") {
  const std::string text =
      log_line(epoch(1, 4)) + log_line(epoch(2, 3)) + log_line(epoch(3, 2)) + log_line(epoch(2, 30));
  const Result<RunLog> log = parse_run_log(text);
  REQUIRE(log);
  REQUIRE(log->epochs.size() == 2);
  CHECK(log->epochs[0].train_loss == 4);
  CHECK(log->epochs[1].train_loss == 30);
}

TEST_CASE("anomalies are logged, read and shown, each as often as it came") {
  const LoggedAnomaly spike{7, 2, "spike", "roll-back", 9.5, "", {}, 6};
  const LoggedAnomaly gradient{12, 2, "gradient", "skip", 0.5, "3 <Dense>", {4, 17}, 84};
  CHECK(log_line(gradient) ==
        "{\"iteration\":12,\"epoch\":2,\"anomaly\":\"gradient\",\"action\":\"skip\",\"loss\":0.5,"
        "\"layer\":\"3 <Dense>\",\"samples\":[4,17],\"more_samples\":84}\n");
  reporting::RunRecord run;
  run.log =
      parse_run_log(log_line(spike) + log_line(LoggedIteration{5, 2, 1, {}}) + log_line(spike) + log_line(gradient))
          .value();
  CHECK(run.log.iterations.size() == 1);
  REQUIRE(run.log.anomalies.size() == 3);
  CHECK(run.log.anomalies[0].cause == "spike");
  CHECK(run.log.anomalies[0].action == "roll-back");
  CHECK(run.log.anomalies[1].iteration == 7);
  CHECK(run.log.anomalies[2].samples == std::vector<std::uint64_t>{4, 17});
  CHECK(run.log.anomalies[2].more_samples == 84);
  const std::string page = reporting::run_page(run);
  for (const char* text : {"Anomalies", "the loss leapt", "rolled back", "3 &lt;Dense&gt;", "4, 17 and 84 more",
                           "6 without a number", "skipped"})
    CHECK_MESSAGE(page.find(text) != std::string::npos, text);
  CHECK(reporting::run_json(run).find("\"anomalies\":[{\"iteration\":7,") != std::string::npos);
  run.log.anomalies.resize(101, gradient);
  CHECK(reporting::run_page(run).find("The last 100") != std::string::npos);
}

TEST_CASE("broken logs") {
  const std::string good = log_line(epoch(1, 1));
  const auto broken = [](const std::string& text, std::initializer_list<std::string_view> words) {
    check_error(parse_run_log(text), ErrorCode::bad_format, words);
  };
  broken("x\n", {"line 1"});
  broken(good + "[]\n", {"line 2", "an object", "an array"});
  broken("\n", {"line 1"});
  broken("{\"epoch\":1}\n", {"line 1", "iterations"});
  const auto anomaly = [](const char* cause, const char* action, const char* samples) {
    return std::string(R"({"iteration":1,"epoch":1,"loss":1,"layer":"","anomaly":)") + cause + ",\"action\":" + action +
           ",\"samples\":" + samples + "}\n";
  };
  broken(anomaly("1", "\"skip\"", "[]"), {"anomaly", "a string"});
  broken(anomaly("\"los\"", "\"skip\"", "[]"), {"anomaly", "\"spike\""});
  broken(anomaly("\"loss\"", "\"\"", "[]"), {"action", "\"roll-back\""});
  broken(anomaly("\"loss\"", "\"skip\"", "1"), {"samples", "an array"});
  broken(anomaly("\"loss\"", "\"skip\"", "[-1]"), {"samples", "whole numbers"});
  broken(anomaly("\"loss\"", "\"skip\"", "[],\"more_samples\":-1"), {"more_samples", "whole number"});
  broken("{\"iteration\":1.5,\"epoch\":1,\"loss\":1}\n", {"line 1", "iteration", "whole number"});
  broken("{\"iteration\":1,\"epoch\":1,\"loss\":\"1\"}\n", {"loss", "number", "a string"});
  broken("{\"iteration\":1,\"epoch\":1,\"loss\":1,\"learning_rate\":[]}\n", {"learning_rate", "an array"});
}

}  // namespace
}  // namespace treadle
