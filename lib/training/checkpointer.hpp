// Writes checkpoints beside training.
#pragma once

#include <treadle/checkpoint.hpp>
#include <treadle/result.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "training/checkpoint_folder.hpp"
#include "training/checkpoint_format.hpp"

namespace treadle::training {

/// Owns the room for one snapshot and the thread that writes it. The thread that trains calls all functions; it waits
/// in wait() only.
class Checkpointer {
 public:
  /// Errors: a limit of bytes an hour that is less than one checkpoint, no memory, no thread.
  static Result<std::unique_ptr<Checkpointer>> start(const CheckpointOptions& options, CheckpointFolder folder,
                                                     CheckpointLayout layout, Fingerprint fingerprint);
  /// Finishes what is being written.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Whether a checkpoint is to be taken after `iteration`: it is wanted, allowed, and none is being written.
  bool due(std::uint64_t iteration) noexcept;
  /// Whether one is wanted there whatever time it is.
  bool wanted_by_iterations(std::uint64_t iteration) const noexcept {
    return options_.every_iterations != 0 && iteration % options_.every_iterations == 0;
  }
  /// To be filled when due() or after wait(), and then given to the writing thread by write().
  Snapshot& room() noexcept { return snapshot_; }
  void write() noexcept;

  /// What became of the last checkpoint, once.
  std::optional<CheckpointRecord> take_record();
  /// Returns when nothing is being written.
  void wait() noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  /// Whose the snapshot and the record are: training's when idle or written, the writing thread's when full.
  enum class Phase : std::uint32_t { idle, full, written, quit };

  Checkpointer(const CheckpointOptions& options, CheckpointFolder folder, CheckpointLayout layout,
               Fingerprint fingerprint)
      : options_(options),
        folder_(std::move(folder)),
        layout_(std::move(layout)),
        fingerprint_(std::move(fingerprint)) {}
  Result<void> prepare();
  void start_thread();
  void run() noexcept;
  void write_snapshot() noexcept;
  bool wanted(std::uint64_t iteration, Clock::time_point now) noexcept;
  bool allowed(Clock::time_point now) const noexcept;

  CheckpointOptions options_;
  CheckpointFolder folder_;
  CheckpointLayout layout_;
  Fingerprint fingerprint_;
  Snapshot snapshot_;
  CheckpointRecord record_;
  std::uint64_t most_bytes_ = 0;  // of the largest file that the run can write
  std::uint64_t skipped_ = 0;
  Clock::time_point last_wanted_ = Clock::now();
  Clock::time_point last_written_ = last_wanted_;  // as if one had been written before a resume
  std::atomic<Phase> phase_ = Phase::idle;
  std::thread thread_;
};

}  // namespace treadle::training
