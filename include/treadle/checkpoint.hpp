// Checkpoints: what a training run writes while it goes on, so that nothing is lost when the power goes.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace treadle {

/// When and where a run writes checkpoints. They are written by a thread of their own while training goes on; one that
/// is due while another is still being written is skipped. With a limit, `every_iterations` and `every_seconds` say
/// when a checkpoint is wanted and the limit when it is allowed.
struct CheckpointOptions {
  std::string folder{};                   ///< of this run alone; made if it is not there
  std::uint64_t every_iterations = 0;     ///< after each so many iterations of the run; 0: not by iterations
  double every_seconds = 60;              ///< after so much time since the last one; 0: not by time
  std::uint64_t most_bytes_per_hour = 0;  ///< that are written in any hour, since flash wears out; 0: no limit
  bool resume = false;                    ///< go on from the folder's newest checkpoint, if it has one
};

/// What became of one checkpoint.
struct CheckpointRecord {
  std::string path{};
  std::uint64_t iteration = 0;   ///< of the run, finished when the checkpoint was taken
  std::size_t epoch = 0;         ///< that was being trained, from 1
  std::uint64_t bytes = 0;       ///< of the file
  double seconds = 0;            ///< that writing took, beside training
  std::uint64_t skipped = 0;     ///< that were due while this one was being written
  std::optional<Error> error{};  ///< why it could not be written; the one before is as it was
};

}  // namespace treadle
