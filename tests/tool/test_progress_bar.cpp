#include "progress_bar.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

namespace treadle::tool {
namespace {

IterationRecord halfway() {
  IterationRecord record;
  record.epoch = 3;
  record.epochs = 10;
  record.iteration = 50;
  record.iterations = 100;
  record.samples = 6400;
  record.mean_loss = 0.51236;
  record.accuracy = 0.81237;
  record.seconds = 2;
  return record;
}

TEST_CASE("a wide terminal shows everything") {
  CHECK(
      bar_line(halfway(), 120) ==
      "epoch  3/10  [===============               ]   50 %  loss 0.5124  accuracy 81.24 %  2 s left  3,200 samples/s");
}

TEST_CASE("the line never exceeds the terminal and keeps what matters most") {
  for (std::size_t width = 0; width <= 130; ++width) {
    const std::string line = bar_line(halfway(), width);
    CHECK(line.size() <= width);
    CHECK(line.find('\n') == std::string::npos);
  }
  CHECK(bar_line(halfway(), 8) == "epoch  3");
  CHECK(bar_line(halfway(), 18) == "epoch  3/10   50 %");
  IterationRecord open = halfway();
  open.epochs = 0;  // nobody knows how many
  CHECK(bar_line(open, 16) == "epoch 3   50 %");
  CHECK(bar_line(halfway(), 79).find("accuracy 81.24 %") != std::string::npos);
}

TEST_CASE("what the epoch belongs to comes first, where there is room") {
  CHECK(bar_line(halfway(), 110, "batch 64").starts_with("batch 64  epoch  3/10  ["));
  CHECK(bar_line(halfway(), 19, "batch 64").starts_with("epoch  3/10"));
  for (std::size_t width = 0; width <= 130; ++width) CHECK(bar_line(halfway(), width, "batch 64").size() <= width);
}

TEST_CASE("time left in words") {
  const auto left = [](double seconds) {
    IterationRecord record = halfway();
    record.seconds = seconds;
    const std::string line = bar_line(record, 200);
    const std::size_t end = line.find(" left");
    return line.substr(0, end).substr(line.rfind("  ", end) + 2);
  };
  CHECK(left(0) == "0 s");
  CHECK(left(59.9) == "59 s");
  CHECK(left(60) == "1 min 0 s");
  CHECK(left(3725) == "1 h 2 min");
}

TEST_CASE("odd figures: no time yet, a loss that is no number, the last iteration") {
  IterationRecord record = halfway();
  record.seconds = 0;
  record.mean_loss = std::numeric_limits<double>::quiet_NaN();
  const std::string line = bar_line(record, 120);
  CHECK(line.find("loss nan") != std::string::npos);
  CHECK(line.find("  0 samples/s") != std::string::npos);
  record.iteration = 100;
  CHECK(bar_line(record, 120).find("[==============================]  100 %") != std::string::npos);
}

TEST_CASE("a pass over samples has the same bar, without loss and accuracy") {
  const PassRecord record{"normalisation", 1500, 6000, 3};
  CHECK(bar_line(record, 100) == "normalisation  [=======                       ]   25 %  9 s left  500 samples/s");
  for (std::size_t width = 0; width <= 100; ++width) CHECK(bar_line(record, width).size() <= width);
}

TEST_CASE("without a terminal a pass tells a line every ten seconds, and none if it is shorter") {
  using Clock = PassProgress::Clock;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  REQUIRE(file);
  const Clock::time_point begin{};
  {
    PassProgress progress(file.get(), "normalisation", 20'000, begin);
    for (int i = 1; i <= 20'000; ++i)
      progress.update(static_cast<std::uint64_t>(i), begin + i * std::chrono::milliseconds(2));
    PassProgress(file.get(), "short", 2, begin).update(2, begin + std::chrono::milliseconds(9999));
  }
  std::rewind(file.get());
  char text[300] = {};
  std::fread(text, 1, sizeof text - 1, file.get());
  CHECK(std::string(text) ==
        "normalisation: 5,000 of 20,000 samples, 30 s left\n"
        "normalisation: 10,000 of 20,000 samples, 20 s left\n"
        "normalisation: 15,000 of 20,000 samples, 10 s left\n"
        "normalisation: 20,000 of 20,000 samples, 0 s left\n");
}

}  // namespace
}  // namespace treadle::tool
