#include "plan/layout.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/arena.hpp"
#include "plan/place.hpp"
#include "plan/record.hpp"

namespace treadle::plan_detail {
namespace {

using base::Arena;
using base::CheckedSize;
using calls::Buffer;
using calls::Call;
using calls::Phase;
using calls::Recorder;

/// Inputs and activations that stay in the caches of most processors from one call to the next.
constexpr std::size_t cached_bytes = 3 * 1024 * 1024;

/// How many of each the program has at most.
struct Counts {
  std::size_t calls, buffers, parameters;
};

Result<Counts> count(const Request& request) noexcept {
  Counts counts{0, 0, parameter_tensors(request.model)};
  // A batch that is one micro-batch may need other calls than one of several.
  for (std::size_t batch_rows : {1, 2}) {
    Program unused;
    Recorder recorder(*request.kernels, 1, batch_rows, request.training(), {}, {});
    request.record(request, recorder, unused);
    if (!recorder.valid() || recorder.call_count() >= UINT16_MAX)
      return Error{ErrorCode::too_large, "the model is too large to plan here"};
    counts.calls = std::max(counts.calls, recorder.call_count());
    counts.buffers = std::max(counts.buffers, recorder.buffer_count());
  }
  return counts;
}

/// What stands behind the calls of a program that has fewer than there is room for, in a phase of its own.
struct NoCall {
  static constexpr Phase phase{calls::phases};
  std::size_t tiles(const calls::RunContext&) const noexcept { return 0; }
  void run(const calls::RunContext&, std::size_t) const noexcept {}
};

constexpr PlanSizes own_sizes{.program = sizeof(Program),
                              .call = sizeof(Call),
                              .buffer = sizeof(Buffer),
                              .address = sizeof(std::byte*),
                              .parameter = sizeof(PlacedParameter)};
static_assert(sizeof(void*) != 4 || own_sizes == plan_sizes_32, "plan_sizes_32 in treadle/target.hpp has to follow");

template <class T>
std::span<T> make_array(Arena& arena, std::size_t count) noexcept {
  T* first = arena.take<T>(count);
  if (first == nullptr) return {};
  if constexpr (std::is_default_constructible_v<T>)
    for (std::size_t i = 0; i < count; ++i) ::new (first + i) T{};
  return {first, count};
}

/// The bytes that make_program() takes, on a machine with parts of these sizes.
CheckedSize bytes_of(const PlanSizes& sizes, const Counts& counts) noexcept {
  CheckedSize bytes{0};
  const auto add = [&](std::size_t size, std::size_t count) {
    bytes += (CheckedSize{size} * count).rounded_up(base::alignment);
  };
  add(sizes.program, 1);
  add(sizes.call, counts.calls);
  add(sizes.buffer, counts.buffers);
  add(sizes.address, counts.buffers);
  add(sizes.parameter, counts.parameters);
  return bytes;
}

/// Takes the program's parts from `arena`. Calls are written when they are recorded.
Program* make_program(Arena& arena, const Counts& counts) noexcept {
  Program* program = arena.take<Program>(1);
  if (program != nullptr) program = ::new (program) Program;
  const std::span<Call> calls = make_array<Call>(arena, counts.calls);
  const std::span<Buffer> buffers = make_array<Buffer>(arena, counts.buffers);
  const std::span<std::byte*> addresses = make_array<std::byte*>(arena, counts.buffers);
  const std::span<PlacedParameter> parameters = make_array<PlacedParameter>(arena, counts.parameters);
  if (program == nullptr) return nullptr;
  program->calls = calls;
  program->buffers = buffers;
  program->addresses = addresses;
  program->parameters = parameters;
  return program;
}

/// Records the program for one micro-batch; false when its sizes overflow.
bool record_rows(const Request& request, Program& program, std::size_t rows) noexcept {
  Recorder recorder(*request.kernels, rows, request.options.batch_size, request.training(), program.buffers,
                    program.calls);
  request.record(request, recorder, program);
  if (!recorder.valid()) return false;
  for (Call& unused : program.calls.subspan(recorder.call_count())) ::new (&unused) Call(NoCall::phase, NoCall{}, {});
  std::ranges::fill(program.buffers.subspan(recorder.buffer_count()), Buffer{});
  program.micro_batch = rows;
  sort_by_phase(program);
  find_lifetimes(program, !request.training());
  return true;
}

/// The total with this micro-batch.
CheckedSize total_with(const Request& request, Program& program, std::size_t begin, std::size_t rows) noexcept {
  if (!record_rows(request, program, rows)) return CheckedSize{SIZE_MAX} + 1;
  return place_buffers(begin, program);
}

bool within(const CheckedSize& bytes, std::size_t limit) noexcept {
  return bytes.valid() && bytes.saturated() <= limit;
}

/// The largest micro-batch whose total is within `limit`, or 0. A whole batch comes first, since it needs no memory for
/// gradients. Below it the least possible bytes grow with the micro-batch, so that a search by halves finds where to
/// start; what placement adds to them need not, so from there every size is tried, or every thousandth part of it.
std::size_t largest_micro_batch(const Request& request, Program& program, std::size_t begin,
                                std::size_t limit) noexcept {
  if (within(total_with(request, program, begin, request.options.batch_size), limit)) return request.options.batch_size;
  std::size_t fits = 0, too_many = request.options.batch_size;
  while (too_many - fits > 1) {
    const std::size_t rows = fits + (too_many - fits) / 2;
    if (record_rows(request, program, rows) && within(least_bytes(begin, program), limit))
      fits = rows;
    else
      too_many = rows;
  }
  while (fits > 0 && !within(total_with(request, program, begin, fits), limit)) fits -= 1 + fits / 1024;
  return fits;
}

/// The micro-batch to take where memory allows: activations are written and read again, in the forward and in the
/// backward pass, so that many samples fall out of the caches; parameters and gradients pass by once for each
/// micro-batch, so that few samples make that the larger part. Even parts of a batch, of about as many samples as have
/// 3 MiB of inputs and activations, or as many bytes as the parameters if these are more.
std::size_t fastest_micro_batch(const Request& request, Program& program, std::size_t begin) noexcept {
  const std::size_t batch = request.options.batch_size;
  if (!total_with(request, program, begin, 1).valid()) return batch;
  const std::size_t parameters = program.memory[MemoryKind::parameter];
  const std::size_t bytes = parameters < cached_bytes ? cached_bytes : parameters;
  const CheckedSize sample =
      CheckedSize{program.sample_elements} * sizeof(float) + program.memory[MemoryKind::activation];
  const std::size_t samples = sample.saturated() < bytes ? bytes / sample.saturated() : 1;
  const std::size_t parts = batch / samples + (batch % samples > samples / 2 ? 1 : 0);
  return parts < 2 ? batch : base::ceil_div(batch, parts);
}

/// The micro-batch that needs the least memory: one sample, or the whole batch, which needs none for gradients.
std::size_t smallest(const Request& request, Program& program, std::size_t begin) noexcept {
  const CheckedSize one = total_with(request, program, begin, 1);
  const CheckedSize all = total_with(request, program, begin, request.options.batch_size);
  return all.valid() && within(all, one.saturated()) ? request.options.batch_size : 1;
}

Error does_not_fit(const CheckedSize& needed, std::size_t rows, std::size_t limit) noexcept {
  Message message{"a step with micro-batch "};
  message << rows << " needs ";
  if (needed.valid())
    message << needed.saturated();
  else
    message << "more than " << SIZE_MAX;
  message << " bytes, the limit is " << limit;
  return {needed.valid() ? ErrorCode::out_of_memory : ErrorCode::too_large, message};
}

}  // namespace

PlanSizes own_plan_sizes() noexcept { return own_sizes; }

Result<std::size_t> program_bytes(const Request& request) noexcept {
  const Result<Counts> counts = count(request);
  if (!counts) return counts.error();
  return bytes_of(own_sizes, *counts).value("the plan");
}

Result<Program*> lay_out_for(const Request& request, const PlanSizes& sizes, std::span<std::byte> memory,
                             std::size_t limit) noexcept {
  const Result<Counts> counts = count(request);
  if (!counts) return counts.error();
  Arena arena(memory);
  Program* program = make_program(arena, *counts);
  const std::size_t begin = bytes_of(sizes, *counts).saturated();
  if (program == nullptr || arena.used().saturated() > memory.size())
    return Error{ErrorCode::out_of_memory,
                 Message{"the plan alone needs "} << begin << " bytes, the limit is " << memory.size()};
  program->kernels = request.kernels;
  program->batch_size = request.options.batch_size;

  std::size_t rows = request.options.micro_batch;
  if (rows == 0) {
    rows = fastest_micro_batch(request, *program, begin);
    if (!within(total_with(request, *program, begin, rows), limit))
      rows = largest_micro_batch(request, *program, begin, limit);
  }
  const std::size_t tried = rows == 0 ? smallest(request, *program, begin) : rows;
  const CheckedSize total = total_with(request, *program, begin, tried);
  if (rows == 0 || !within(total, limit)) return does_not_fit(total, tried, limit);
  program->calls = program->calls.first(program->phase_begin[calls::phases]);
  program->memory[MemoryKind::plan] = begin;
  return program;
}

Result<Program*> lay_out(const Request& request, std::span<std::byte> memory, std::size_t limit) noexcept {
  return lay_out_for(request, own_sizes, memory, limit);
}

void activate(const Request& request, Program& program, std::span<std::byte> memory) noexcept {
  const std::size_t begin = program.memory[MemoryKind::plan];
  std::memset(memory.data() + begin, 0, program.memory.total() - begin);
  for (std::size_t i = 0; i < program.buffers.size(); ++i)
    program.addresses[i] = memory.data() + program.buffers[i].offset;
  program.executor = request.options.executor != nullptr ? request.options.executor : &serial_executor();
  if (request.optimizer != nullptr) {
    program.optimizer = *request.optimizer;
    program.learning_rate = learning_rate(*request.optimizer);
  }
  if (!request.model.parameters.empty())
    for (const PlacedParameter& parameter : program.parameters)
      layers::store(parameter.spec, program.kernels->panel, request.model.parameters.data() + parameter.values_offset,
                    program.floats(program.values) + parameter.stored_offset);
}

}  // namespace treadle::plan_detail
