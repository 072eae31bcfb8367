#include "plan/place.hpp"

#include <algorithm>

namespace treadle::plan_detail {
namespace {

using base::CheckedSize;
using calls::Buffer;
using calls::Call;
using calls::Lifetime;

bool shared(const Buffer& buffer) noexcept {
  return buffer.lifetime == Lifetime::calls || buffer.lifetime == Lifetime::iteration;
}

bool alive_together(const Buffer& a, const Buffer& b) noexcept {
  return a.first_call <= b.last_call && b.first_call <= a.last_call;
}

/// The most bytes of shared buffers that `counted` accepts and that are alive at one call.
template <class Counted>
CheckedSize most_alive(const Program& program, Counted&& counted) noexcept {
  std::size_t most = 0;
  for (std::size_t call = 0; call < program.calls.size(); ++call) {
    CheckedSize alive{0};
    for (const Buffer& buffer : program.buffers)
      if (shared(buffer) && counted(buffer) && buffer.first_call <= call && call <= buffer.last_call)
        alive += buffer.bytes;
    if (!alive.valid()) return alive;
    most = std::max(most, alive.saturated());
  }
  return most;
}

/// The lowest offset from `begin` on at which `buffer` overlaps no placed buffer in both time and space.
std::size_t lowest_free(std::size_t begin, const Buffer& buffer, std::span<const Buffer> buffers) noexcept {
  std::size_t offset = begin;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Buffer& other : buffers)
      if (other.placed && shared(other) && alive_together(buffer, other) && offset < other.offset + other.bytes &&
          other.offset - std::min(other.offset, offset) < buffer.bytes) {
        offset = other.offset + other.bytes;
        moved = true;
      }
  }
  return offset;
}

Buffer* largest_unplaced(std::span<Buffer> buffers) noexcept {
  Buffer* largest = nullptr;
  for (Buffer& buffer : buffers)
    if (!buffer.placed && shared(buffer) && (largest == nullptr || buffer.bytes > largest->bytes)) largest = &buffer;
  return largest;
}

}  // namespace

void sort_by_phase(Program& program) noexcept {
  // Insertion sort: stable, in place, and a plan has few calls.
  for (std::size_t i = 1; i < program.calls.size(); ++i)
    for (std::size_t j = i; j > 0 && program.calls[j].phase() < program.calls[j - 1].phase(); --j)
      std::swap(program.calls[j], program.calls[j - 1]);
  std::size_t call = 0;
  for (std::size_t phase = 0; phase < program.phase_begin.size(); ++phase) {
    while (call < program.calls.size() && static_cast<std::size_t>(program.calls[call].phase()) < phase) ++call;
    program.phase_begin[phase] = static_cast<std::uint16_t>(call);
  }
}

void find_lifetimes(Program& program, bool keep_output) noexcept {
  const std::uint16_t end = static_cast<std::uint16_t>(program.calls.size());
  for (Buffer& buffer : program.buffers) {
    buffer.placed = false;
    buffer.first_call = buffer.lifetime == Lifetime::calls ? end : 0;
    buffer.last_call = buffer.lifetime == Lifetime::calls ? 0 : end;
  }
  for (std::uint16_t call = 0; call < end; ++call)
    for (calls::BufferId id : program.calls[call].buffers()) {
      if (id == calls::no_buffer) break;
      Buffer& buffer = program.buffers[static_cast<std::size_t>(id)];
      buffer.first_call = std::min(buffer.first_call, call);
      buffer.last_call = std::max(buffer.last_call, call);
    }
  if (keep_output) program.buffers[static_cast<std::size_t>(program.output.buffer)].last_call = end;
}

CheckedSize least_bytes(std::size_t begin, const Program& program) noexcept {
  CheckedSize bytes = CheckedSize{begin} + most_alive(program, [](const Buffer&) { return true; });
  for (const Buffer& buffer : program.buffers)
    if (buffer.lifetime == Lifetime::step) bytes += buffer.bytes;
  return bytes;
}

CheckedSize place_buffers(std::size_t begin, Program& program) noexcept {
  const CheckedSize least = least_bytes(begin, program);
  if (!least.valid()) return least;
  program.memory = {};
  std::size_t end = begin;
  for (Buffer& buffer : program.buffers) {
    if (buffer.lifetime != Lifetime::step) continue;
    buffer.offset = end;
    end += buffer.bytes;
    program.memory[buffer.kind] += buffer.bytes;
  }
  const std::size_t shared_begin = end;
  CheckedSize shared_end{shared_begin};
  while (Buffer* buffer = largest_unplaced(program.buffers)) {
    buffer->offset = lowest_free(shared_begin, *buffer, program.buffers);
    buffer->placed = true;
    const CheckedSize buffer_end = CheckedSize{buffer->offset} + buffer->bytes;
    if (!buffer_end.valid()) return buffer_end;
    shared_end = std::max(shared_end.saturated(), buffer_end.saturated());
  }
  const std::size_t activations =
      most_alive(program, [](const Buffer& b) { return b.kind == MemoryKind::activation; }).saturated();
  program.memory[MemoryKind::activation] = activations;
  program.memory[MemoryKind::workspace] = shared_end.saturated() - shared_begin - activations;
  return shared_end;
}

}  // namespace treadle::plan_detail
