#include "calls/recorder.hpp"

#include "base/arena.hpp"

namespace treadle::calls {

Recorder::Recorder(const kernels::KernelTable& kernels, std::size_t rows, std::size_t batch_rows, bool training,
                   std::span<Buffer> buffers, std::span<Call> calls) noexcept
    : kernels_(&kernels), rows_(rows), batch_rows_(batch_rows), training_(training), buffers_(buffers), calls_(calls) {
  buffer(MemoryKind::activation, Lifetime::caller, 0);  // inputs_buffer
  buffer(MemoryKind::activation, Lifetime::caller, 0);  // targets_buffer
}

BufferId Recorder::buffer(MemoryKind kind, Lifetime lifetime, base::CheckedSize bytes) noexcept {
  const base::CheckedSize padded = bytes.rounded_up(base::alignment);
  if (!padded.valid() || buffer_count_ >= static_cast<std::size_t>(no_buffer)) {
    valid_ = false;
    return no_buffer;
  }
  if (buffer_count_ < buffers_.size())
    buffers_[buffer_count_] = {.bytes = padded.saturated(), .kind = kind, .lifetime = lifetime, .layer = layer_};
  return BufferId{static_cast<std::uint16_t>(buffer_count_++)};
}

base::CheckedSize row_stride(const kernels::KernelTable& kernels, std::size_t columns) noexcept {
  constexpr std::size_t apart = 4096 / sizeof(float);
  const base::CheckedSize padded = base::CheckedSize{columns}.rounded_up(kernels.panel);
  return padded.saturated() % apart == 0 ? padded + kernels.panel : padded;
}

Activation Recorder::activation(std::size_t columns) noexcept {
  const base::CheckedSize stride = row_stride(*kernels_, columns);
  return {.buffer = buffer(MemoryKind::activation, Lifetime::calls, stride * rows_ * sizeof(float)),
          .columns = columns,
          .row_stride = stride.saturated(),
          .overwritable = true};
}

Activation Recorder::activation_like(const Activation& like) noexcept {
  return {.buffer = buffer(MemoryKind::activation, Lifetime::calls,
                           base::CheckedSize{like.row_stride} * rows_ * sizeof(float)),
          .columns = like.columns,
          .row_stride = like.row_stride,
          .overwritable = true};
}

}  // namespace treadle::calls
