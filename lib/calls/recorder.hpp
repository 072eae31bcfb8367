// Where layers, losses and optimizers write down the buffers and calls that they need. The plan then places the
// buffers.
#pragma once

#include <treadle/memory.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/checked.hpp"
#include "calls/call.hpp"
#include "calls/longest_tile.hpp"
#include "calls/work.hpp"

namespace treadle::calls {

/// How long a buffer's contents are needed.
enum class Lifetime : std::uint8_t {
  calls,      ///< from the first call that names it to the last, within one micro-batch
  iteration,  ///< through all micro-batches of an iteration
  step,       ///< always: parameters, gradients, optimizer state
  caller,     ///< not ours: inputs and targets
};

struct Buffer {
  std::size_t bytes = 0;
  std::size_t offset = 0;
  MemoryKind kind = MemoryKind::workspace;
  Lifetime lifetime = Lifetime::calls;
  bool placed = false;
  std::uint16_t layer = 0;
  std::uint16_t first_call = 0;
  std::uint16_t last_call = 0;
};

/// A matrix of activations: one row a sample, `columns` values padded to `row_stride`.
struct Activation {
  BufferId buffer = no_buffer;
  std::size_t columns = 0;
  std::size_t row_stride = 0;
  /// Whether the next layer may write its output over this: not the caller's inputs, nor what a backward pass still
  /// reads.
  bool overwritable = false;
};

/// From one row of activations to the next: whole panels, and one more where rows would lie a multiple of 4 KiB apart.
/// The rows of a matrix product's tile would then fight over a few lines of the first cache.
base::CheckedSize row_stride(const kernels::KernelTable& kernels, std::size_t columns) noexcept;

/// Collects buffers and calls into the arrays that it is given. Without arrays it only counts, so that recording twice
/// first measures and then fills.
class Recorder {
 public:
  /// `rows` is the micro-batch, `batch_rows` the batch. A recorder for inference (training is false) asks for no
  /// gradients.
  Recorder(const kernels::KernelTable& kernels, std::size_t rows, std::size_t batch_rows, bool training,
           std::span<Buffer> buffers, std::span<Call> calls) noexcept;

  const kernels::KernelTable& kernels() const noexcept { return *kernels_; }
  std::size_t rows() const noexcept { return rows_; }
  std::size_t batch_rows() const noexcept { return batch_rows_; }
  bool training() const noexcept { return training_; }

  /// The layer that asks from now on, for the report.
  void set_layer(std::size_t layer) noexcept { layer_ = static_cast<std::uint16_t>(layer); }

  /// Tells `observer` of every call from now on.
  void observe(CallObserver& observer) noexcept { observer_ = &observer; }

  BufferId buffer(MemoryKind kind, Lifetime lifetime, base::CheckedSize bytes) noexcept;
  /// A new matrix of rows() x `columns`, its rows padded to whole panels.
  Activation activation(std::size_t columns) noexcept;
  /// Another matrix of the same extents as `like`.
  Activation activation_like(const Activation& like) noexcept;

  template <class Operation>
  void call(Phase phase, const Operation& operation, std::initializer_list<BufferId> buffers) noexcept {
    if (call_count_ < calls_.size()) ::new (&calls_[call_count_]) Call(phase, operation, buffers);
    ++call_count_;
    if constexpr (observable)
      if (observer_ != nullptr) {
        const RunContext context{.kernels = kernels_, .rows = rows_, .batch_rows = batch_rows_};
        observer_->add({.layer = layer_,
                        .phase = phase,
                        .name = Operation::name,
                        .work = operation.work(context),
                        .tiles = operation.tiles(context),
                        .tile = longest_tile(operation, context)});
      }
  }

  std::size_t buffer_count() const noexcept { return buffer_count_; }
  std::size_t call_count() const noexcept { return call_count_; }
  /// False when a size did not fit into size_t or there are more buffers than a BufferId can count.
  bool valid() const noexcept { return valid_; }

 private:
  const kernels::KernelTable* kernels_;
  std::size_t rows_;
  std::size_t batch_rows_;
  bool training_;
  std::span<Buffer> buffers_;
  std::span<Call> calls_;
  CallObserver* observer_ = nullptr;
  std::size_t buffer_count_ = 0;
  std::size_t call_count_ = 0;
  std::uint16_t layer_ = 0;
  bool valid_ = true;
};

}  // namespace treadle::calls
