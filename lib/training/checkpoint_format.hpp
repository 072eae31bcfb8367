// A checkpoint as a file: safetensors with everything of a snapshot, and with checksums (docs/checkpoints.md).
#pragma once

#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "formats/file_replacement.hpp"
#include "formats/safetensors.hpp"
#include "training/fingerprint.hpp"
#include "training/snapshot.hpp"

namespace treadle::training {

/// Counts the changes to this format that older readers would misread.
inline constexpr std::string_view checkpoint_format = "2";

/// A file whose checksums are right. The tensors stay where they are, in the file.
struct Checkpoint {
  std::uint64_t generation = 0;  ///< counts the checkpoints of a run
  Fingerprint fingerprint;
  OptimizerProgress progress;
  RunState state;  ///< without the records, which are tensors
  formats::Safetensors contents;
};

/// Checks that `file`, which must outlive the result, is a checkpoint and as it was written. What its values say is not
/// judged. Errors: `bad_format` naming what is damaged; `unsupported` for a whole file of another format, all of which
/// end in the hash.
Result<Checkpoint> parse_checkpoint(formats::Bytes file);

/// The names, shapes and places of a run's tensors: the same in each of its checkpoints.
class CheckpointLayout {
 public:
  /// `keeps_best`: the parameters of the best epoch are in it. `limits`: the most records that the run keeps.
  static Result<CheckpointLayout> make(const Model& model, const Optimizer& optimizer, bool keeps_best,
                                       const RecordLimits& limits);

  /// A snapshot of the right sizes, with memory for all records.
  Snapshot room() const;
  /// What write() is about to write.
  Result<std::size_t> file_bytes(const Snapshot& snapshot, const Fingerprint& fingerprint) const;
  /// Of the largest file that the run can write.
  Result<std::size_t> most_bytes(const Fingerprint& fingerprint) const;
  /// Writes all but finish(), in pieces of 64 KiB.
  Result<void> write(const Snapshot& snapshot, const Fingerprint& fingerprint, std::uint64_t generation,
                     formats::FileReplacement& file) const;
  /// The snapshot in a checkpoint, whose tensors must be just these.
  Result<Snapshot> read(const Checkpoint& checkpoint) const;

 private:
  /// One of the snapshot's blocks of floats.
  using Block = std::vector<float> Snapshot::*;
  struct Place {
    Block block;
    std::size_t offset = 0;
    std::size_t elements = 0;
  };

  void add(const std::string& prefix, const std::vector<ParameterInfo>& infos, Block block, std::size_t first);
  /// All tensors: the run's, the records, the checksums.
  std::vector<formats::TensorHead> heads(const Snapshot& snapshot) const;
  Result<std::vector<std::uint8_t>> header(const std::vector<formats::TensorHead>& heads, const Snapshot& snapshot,
                                           const Fingerprint& fingerprint, std::uint64_t generation) const;

  std::vector<formats::TensorHead> heads_;  // of the run's tensors, and their places
  std::vector<Place> places_;
  std::size_t parameters_ = 0, optimizer_state_ = 0, best_parameters_ = 0;
  RecordLimits limits_;
};

}  // namespace treadle::training
