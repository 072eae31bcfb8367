// What a folder of checkpoints holds when the disk, the card or the power fails at any call.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "checkpoint_files.hpp"
#include "support/files.hpp"
#include "support/networks.hpp"
#include "support/sealed_checkpoint.hpp"
#include "training/checkpoint_folder.hpp"

using namespace treadle;
using test::TemporaryFolder, test::get_file, test::put_file, test::ByteVector, test::check_error;
using training::CheckpointFolder, training::CheckpointLayout, training::Snapshot;

namespace {

/// The calls of one process, of which number `failing` fails with `reason`.
struct Failures {
  int failing = -1;
  int reason = 0;
  int calls = 0;
  std::size_t most_written = SIZE_MAX;  ///< bytes that one write takes: a short write

  bool fails() {
    if (calls++ != failing) return false;
    errno = reason;
    return true;
  }
} failures;

const formats::FileCalls failing_calls{
    .write = [](int file, const void* bytes, std::size_t count) -> ssize_t {
      return failures.fails() ? -1 : ::write(file, bytes, std::min(count, failures.most_written));
    },
    .fsync = [](int) { return failures.fails() ? -1 : 0; },  // in earnest it takes milliseconds
    .rename = [](const char* from, const char* to) { return failures.fails() ? -1 : ::rename(from, to); }};

Result<void> write(CheckpointFolder& folder, std::uint64_t iteration) {
  return folder.write(test::checkpoint_layout(), test::checkpoint_snapshot(iteration), test::checkpoint_fingerprint());
}

/// What a new process finds; 0: nothing.
std::uint64_t newest_iteration(const std::string& path) {
  CheckpointFolder folder = CheckpointFolder::open(path).value();
  auto found = folder.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()).value();
  if (!found) return 0;
  const std::uint64_t iteration = found->snapshot.state.iteration;
  CHECK(test::same_bits(found->snapshot.parameters, test::checkpoint_snapshot(iteration).parameters));
  return iteration;
}

}  // namespace

TEST_CASE("the newest of two checkpoints is found, and the next takes the older one's place") {
  const TemporaryFolder folder;
  const std::string path = folder / "c";
  CHECK(newest_iteration(path) == 0);
  for (std::uint64_t process = 0; process < 3; ++process) {
    CheckpointFolder opened = CheckpointFolder::open(path).value();
    CHECK(opened.in_use() == (process > 0));
    REQUIRE(opened.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()));
    for (std::uint64_t i = 1; i <= 3; ++i) {
      // A run that goes back to an earlier iteration still has its last checkpoint as the newest.
      const std::uint64_t iteration = 100 - 10 * process - i;
      REQUIRE(write(opened, iteration));
      CheckpointFolder copy = CheckpointFolder::open(folder / "other").value();
      for (int slot : {0, 1}) {
        const std::string name = "/checkpoint-" + std::to_string(slot) + ".safetensors";
        if (std::filesystem::exists(path + name))
          std::filesystem::copy_file(path + name, folder / "other" + name,
                                     std::filesystem::copy_options::overwrite_existing);
      }
      CHECK(copy.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()).value()->snapshot.state.iteration ==
            iteration);
    }
  }
}

TEST_CASE("whichever call fails, for want of space or a broken disk: an error, and the newest checkpoint is whole") {
  const TemporaryFolder folder;
  int made = 0;
  for (const int reason : {ENOSPC, EIO, EDQUOT})
    for (const std::size_t most_written : {SIZE_MAX, std::size_t{100}})
      for (int failing = 0;; ++failing) {
        CAPTURE(reason);
        CAPTURE(failing);
        const std::string path = folder / std::to_string(made++);
        failures = {};
        CheckpointFolder opened = CheckpointFolder::open(path, failing_calls).value();
        REQUIRE(write(opened, 1));
        REQUIRE(write(opened, 2));
        const ByteVector newest = get_file(path + "/checkpoint-1.safetensors");
        failures = {.failing = failing, .reason = reason, .most_written = most_written};
        const Result<void> third = write(opened, 3);
        const bool failed = failures.calls > failing;
        CHECK(third.has_value() == !failed);
        if (failed) check_error(third, ErrorCode::io, {"checkpoint-0.safetensors"});
        CHECK((get_file(path + "/checkpoint-1.safetensors") == newest));
        CHECK(!std::filesystem::exists(path + "/checkpoint-0.safetensors.tmp"));
        // The disk works again, in this process or the next.
        failures = {};
        REQUIRE(write(opened, 4));
        CHECK((get_file(path + "/checkpoint-1.safetensors") == newest) == failed);
        opened = CheckpointFolder::open(folder / "nowhere").value();
        CHECK(newest_iteration(path) == 4);
        if (!failed) {
          CHECK(failing >= 9);  // header, six tensors, sums, hash, fsync, rename, fsync of the folder
          break;
        }
      }
}

TEST_CASE("a failed write leaves what the process before wrote") {
  const TemporaryFolder folder;
  for (int failing = 0; failing < 12; ++failing) {
    CAPTURE(failing);
    const std::string path = folder / std::to_string(failing);
    {
      failures = {.failing = failing, .reason = EIO};
      CheckpointFolder opened = CheckpointFolder::open(path, failing_calls).value();
      const bool written = write(opened, 1).has_value();
      failures = {};
      // Of the last call, the folder's fsync, it is not known whether it did its work.
      if (written || failing == 11) continue;
    }
    CHECK(newest_iteration(path) == 0);
  }
}

TEST_CASE("a checkpoint that is cut or changed anywhere is found to be, and the other one is used") {
  const TemporaryFolder folder;
  const std::string path = folder / "c", newest = path + "/checkpoint-1.safetensors";
  {
    CheckpointFolder opened = CheckpointFolder::open(path).value();
    REQUIRE(write(opened, 1));
    REQUIRE(write(opened, 2));
  }
  const ByteVector whole = get_file(newest);
  const auto uses_the_older = [&](const ByteVector& damaged) {
    put_file(newest, damaged);
    CheckpointFolder opened = CheckpointFolder::open(path).value();
    const auto found = opened.newest(test::checkpoint_layout(), test::checkpoint_fingerprint());
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->snapshot.state.iteration == 1);
    REQUIRE((*found)->damaged);
    CHECK(test::is_one_line((*found)->damaged->text()));
    CHECK((*found)->damaged->text().find("checkpoint-1.safetensors: ") != std::string_view::npos);
    CHECK(opened.next_path() == newest);  // the damaged one is overwritten, not the whole one
  };
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 40) uses_the_older(test::first_bytes(whole, size));
  uses_the_older(test::first_bytes(whole, whole.size() - 1));
  for (std::size_t i = 0; i < whole.size(); i += 7)
    uses_the_older(test::with_byte(whole, i, static_cast<std::uint8_t>(whole[i] ^ 0x10)));
  uses_the_older(test::joined(whole, {0}));
  uses_the_older(ByteVector(whole.size()));
  put_file(newest, whole);
  CHECK(newest_iteration(path) == 2);
  // Nothing is made up when both are damaged.
  put_file(path + "/checkpoint-0.safetensors", test::first_bytes(whole, 50));
  put_file(newest, test::with_byte(whole, whole.size() - 70, 0x77));
  CheckpointFolder opened = CheckpointFolder::open(path).value();
  check_error(opened.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()), ErrorCode::bad_format,
              {"no checkpoint in ", path, "is whole; to begin anew, move the folder away",
               "checkpoint-0: safetensors: ", "; checkpoint-1: checkpoint: "});
}

TEST_CASE("a newest checkpoint that is not damaged but cannot be read is an error, and stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "c", newest = path + "/checkpoint-1.safetensors";
  CheckpointFolder opened = CheckpointFolder::open(path).value();
  REQUIRE(write(opened, 1));
  REQUIRE(write(opened, 2));
  const auto refused = [&](ErrorCode code, std::initializer_list<std::string_view> words) {
    check_error(opened.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()), code, words);
  };
  ByteVector later = get_file(newest);
  const std::string_view text{reinterpret_cast<const char*>(later.data()), later.size()};
  const std::string_view key = "\"treadle.checkpoint\":\"";
  later[text.find(key) + key.size()] = '9';
  test::seal_checkpoint(later);
  put_file(newest, later);
  refused(ErrorCode::unsupported, {"checkpoint-1.safetensors: ", "format \"9\""});
  CHECK((get_file(newest) == later));
  std::filesystem::remove(newest);
  std::filesystem::create_symlink("nowhere", newest);  // as good as one that may not be read, for the superuser too
  refused(ErrorCode::not_found, {"cannot read ", "checkpoint-1.safetensors"});
}

TEST_CASE("a leftover of a killed writer is no checkpoint and no hindrance") {
  const TemporaryFolder folder;
  const std::string path = folder / "c";
  std::filesystem::create_directory(path);
  put_file(path + "/checkpoint-0.safetensors.tmp", test::counting(1000));
  {
    CheckpointFolder opened = CheckpointFolder::open(path).value();
    CHECK(!opened.in_use());
    CHECK(!opened.newest(test::checkpoint_layout(), test::checkpoint_fingerprint()).value());
    REQUIRE(write(opened, 5));
  }
  CHECK(newest_iteration(path) == 5);
}

TEST_CASE("a folder that cannot be one is refused") {
  const TemporaryFolder folder;
  put_file(folder / "file", test::counting(3));
  check_error(CheckpointFolder::open(folder / "file"), ErrorCode::not_found, {"cannot open the folder"});
  check_error(CheckpointFolder::open(folder / "a/b"), ErrorCode::not_found, {"cannot make the folder", "a/b"});
  check_error(CheckpointFolder::open(""), ErrorCode::io, {"cannot use as a folder"});
  CheckpointFolder first = CheckpointFolder::open(folder / "c").value();
  check_error(CheckpointFolder::open(folder / "c"), ErrorCode::io, {"another run is at it"});
}
