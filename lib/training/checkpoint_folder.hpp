// The folder of a run's checkpoints: two of them, of which one is whole at any moment.
#pragma once

#include <treadle/folder_lock.hpp>
#include <treadle/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "formats/file_replacement.hpp"
#include "training/checkpoint_format.hpp"

namespace treadle::training {

/// Checkpoints are written in turns to "checkpoint-0.safetensors" and "checkpoint-1.safetensors", never over the newest
/// whole one.
class CheckpointFolder {
 public:
  /// Makes the folder if it is not there and locks it against other runs for as long as the object lives.
  static Result<CheckpointFolder> open(const std::string& path, const formats::FileCalls& calls = {});

  struct Found {
    std::string path;
    Snapshot snapshot;
    std::optional<Error> damaged;  ///< what is wrong with the other one, if anything is
  };
  /// The newest whole checkpoint of this run; none if there is no checkpoint at all. Errors: all that there are are
  /// damaged, or the newest is of another run, or one cannot be read for another reason: no permission, no memory,
  /// another version's. Then the other one is not taken in its place, which the next checkpoint would overwrite.
  Result<std::optional<Found>> newest(const CheckpointLayout& layout, const Fingerprint& fingerprint);

  /// Whether there is a checkpoint of any run, whole or not.
  bool in_use() const;

  /// Where write() will write.
  std::string next_path() const { return path(next_); }
  /// Writes the next checkpoint. After an error the newest one is what it was.
  Result<void> write(const CheckpointLayout& layout, const Snapshot& snapshot, const Fingerprint& fingerprint);

 private:
  CheckpointFolder(std::string folder, FolderLock lock, const formats::FileCalls& calls)
      : folder_(std::move(folder)), lock_(std::move(lock)), calls_(calls) {}
  std::string path(std::size_t slot) const;
  Result<std::optional<Found>> none_whole(std::span<const std::optional<Error>> damaged) const;

  std::string folder_;
  FolderLock lock_;
  formats::FileCalls calls_;
  std::size_t next_ = 0;          // the slot that is written next
  std::uint64_t generation_ = 0;  // of the newest checkpoint
};

}  // namespace treadle::training
