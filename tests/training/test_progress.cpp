#include <treadle/training.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <limits>
#include <string>

namespace treadle {
namespace {

std::string printed(const EpochRecord& record) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  print_progress(file)(record);
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  CHECK(std::fread(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);
  return text;
}

TEST_CASE("an epoch is one line") {
  EpochRecord record;
  record.epoch = 3;
  record.epochs = 10;
  record.train_loss = 0.51239;
  record.train_accuracy = 0.81237;
  record.seconds = 1.26;
  record.samples_per_second = 47619.4;
  CHECK(printed(record) == "epoch  3/10  loss 0.5124  accuracy 81.24 %  1.3 s  47619 samples/s\n");
  record.validation = Evaluation{.loss = 0.25, .accuracy = 1};
  CHECK(printed(record) ==
        "epoch  3/10  loss 0.5124  accuracy 81.24 %  validation loss 0.2500  accuracy 100.00 %  1.3 s  47619 "
        "samples/s\n");
  record.epochs = 0;  // nobody knows how many
  CHECK(printed(record).starts_with("epoch 3  loss 0.5124"));
}

TEST_CASE("a loss that is no number, or a very large one, is still one line") {
  EpochRecord record;
  record.train_loss = std::numeric_limits<double>::quiet_NaN();
  CHECK(printed(record).find("loss nan") != std::string::npos);
  record.train_loss = -record.train_loss;
  CHECK(printed(record).find("loss nan") != std::string::npos);
  record.train_loss = std::numeric_limits<double>::max();
  const std::string line = printed(record);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find("samples/s") != std::string::npos);
}

}  // namespace
}  // namespace treadle
