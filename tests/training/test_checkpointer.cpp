// When checkpoints are written, and that the thread that trains does not wait for them.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "checkpoint_files.hpp"
#include "support/files.hpp"
#include "training/checkpointer.hpp"

using namespace treadle;
using test::TemporaryFolder;
using training::CheckpointFolder, training::Checkpointer;
using Clock = std::chrono::steady_clock;

namespace {

std::unique_ptr<Checkpointer> start(const TemporaryFolder& folder, CheckpointOptions options,
                                    const formats::FileCalls& calls = {}) {
  return Checkpointer::start(options, CheckpointFolder::open(folder / "c", calls).value(), test::checkpoint_layout(),
                             test::checkpoint_fingerprint())
      .value();
}

/// What becomes of iterations of a millisecond each, for `seconds`.
std::vector<CheckpointRecord> train(Checkpointer& checkpointer, double seconds, double* longest = nullptr) {
  std::vector<CheckpointRecord> records;
  const Clock::time_point begin = Clock::now();
  for (std::uint64_t iteration = 1; std::chrono::duration<double>(Clock::now() - begin).count() < seconds;
       ++iteration) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const Clock::time_point before = Clock::now();
    if (const std::optional<CheckpointRecord> record = checkpointer.take_record()) records.push_back(*record);
    if (checkpointer.due(iteration)) {
      checkpointer.room() = test::checkpoint_snapshot(iteration);
      checkpointer.write();
    }
    if (longest != nullptr) *longest = std::max(*longest, std::chrono::duration<double>(Clock::now() - before).count());
  }
  checkpointer.wait();
  if (const std::optional<CheckpointRecord> record = checkpointer.take_record()) records.push_back(*record);
  return records;
}

/// A disk that takes a tenth of a second for each fsync, of which a checkpoint has two.
const formats::FileCalls slow_disk{.fsync = [](int) {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return 0;
}};

}  // namespace

TEST_CASE("checkpoints come by iterations or by time") {
  const TemporaryFolder by_iterations, by_time;
  const auto first = start(by_iterations, {.every_iterations = 7, .every_seconds = 0});
  const std::vector<CheckpointRecord> sevenths = train(*first, 0.3);
  REQUIRE(!sevenths.empty());
  for (const CheckpointRecord& record : sevenths) {
    CHECK(record.iteration % 7 == 0);
    CHECK(!record.error);
    CHECK(record.epoch == 3);
  }
  const auto second = start(by_time, {.every_seconds = 0.1});
  const std::size_t written = train(*second, 0.5).size();
  CHECK(written >= 1);
  CHECK(written <= 5);
}

TEST_CASE("a slow disk holds up no training: what is due meanwhile is skipped, and counted") {
  const TemporaryFolder folder;
  const auto checkpointer = start(folder, {.every_iterations = 1, .every_seconds = 0}, slow_disk);
  double longest = 0;
  const std::vector<CheckpointRecord> records = train(*checkpointer, 0.7, &longest);
  CHECK(records.size() >= 1);
  CHECK(records.size() <= 4);  // two tenths of a second each
  CHECK(longest < 0.1);        // none of the calls waited for an fsync
  CHECK(records[0].skipped > 0);
  CHECK(records[0].seconds >= 0.2);
}

TEST_CASE("a limit of bytes an hour spaces checkpoints evenly") {
  const TemporaryFolder folder;
  const auto bytes =
      test::checkpoint_layout().file_bytes(test::checkpoint_snapshot(1), test::checkpoint_fingerprint()).value();
  // Twenty a second.
  const auto checkpointer =
      start(folder, {.every_iterations = 1, .every_seconds = 0, .most_bytes_per_hour = 20 * 3600 * (bytes + 16)});
  const std::vector<CheckpointRecord> records = train(*checkpointer, 0.5);
  CHECK(records.size() >= 1);
  CHECK(records.size() <= 10);
  std::uint64_t written = 0;
  for (const CheckpointRecord& record : records) written += record.bytes;
  CHECK(written <= 10 * (bytes + 16));
}

TEST_CASE("what is being written when a run ends is finished") {
  const TemporaryFolder folder;
  {
    const auto checkpointer = start(folder, {.every_iterations = 1}, slow_disk);
    REQUIRE(checkpointer->due(1));
    checkpointer->room() = test::checkpoint_snapshot(9);
    checkpointer->write();
  }
  CheckpointFolder opened = CheckpointFolder::open(folder / "c").value();
  const auto found = opened.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()).value();
  REQUIRE(found);
  CHECK(found->snapshot.state.iteration == 9);
}
