// Plans that bring their own memory: one allocation of exactly the planned bytes.
#include <new>

#include "base/arena.hpp"
#include "plan/layout.hpp"
#include "plan/step_factory.hpp"

namespace treadle {
namespace {

using plan_detail::Program;
using plan_detail::Request;

constexpr std::align_val_t memory_alignment{base::alignment};

void release(Program* program) noexcept { ::operator delete(program, memory_alignment); }

Result<std::span<std::byte>> allocate(std::size_t bytes) noexcept {
  void* memory = ::operator new(bytes, memory_alignment, std::nothrow);
  if (memory == nullptr)
    return Error{ErrorCode::out_of_memory, Message{"the system has no "} << bytes << " bytes for the plan"};
  return std::span(static_cast<std::byte*>(memory), bytes);
}

/// Plans once in a small piece of memory to know the total, then in memory of just that size.
Result<Program*> plan_owned(Request request) noexcept {
  const Result<std::size_t> bytes = plan_detail::program_bytes(request);
  if (!bytes) return bytes.error();
  const Result<std::span<std::byte>> scratch = allocate(*bytes);
  if (!scratch) return scratch.error();
  const std::size_t limit = request.options.memory_limit == 0 ? SIZE_MAX : request.options.memory_limit;
  const Result<Program*> measured = plan_detail::lay_out(request, *scratch, limit);
  const std::size_t total = measured ? (*measured)->memory.total() : 0;
  if (measured) request.options.micro_batch = (*measured)->micro_batch;
  ::operator delete(scratch->data(), memory_alignment);
  if (!measured) return measured.error();

  const Result<std::span<std::byte>> memory = allocate(total);
  if (!memory) return memory.error();
  const Result<Program*> program = plan_detail::plan_in(request, *memory);
  if (!program) ::operator delete(memory->data(), memory_alignment);
  return program;
}

Error named(const char* operation, const Error& error) noexcept {
  return {error.code, Message{operation} << ": " << error.text()};
}

}  // namespace

Result<TrainingStep> plan(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options) {
  const Result<Request> request = plan_detail::training_request(model, loss, optimizer, options);
  if (!request) return named("plan", request.error());
  const Result<Program*> program = plan_owned(*request);
  if (!program) return named("plan", program.error());
  return StepFactory::training(*program, release);
}

Result<InferenceStep> plan_inference(const ModelView& model, const StepOptions& options) {
  if (model.parameters.empty())
    return Error{ErrorCode::invalid_argument, "plan_inference: the model has no parameters"};
  const Result<Request> request = plan_detail::inference_request(model, options);
  if (!request) return named("plan_inference", request.error());
  const Result<Program*> program = plan_owned(*request);
  if (!program) return named("plan_inference", program.error());
  return StepFactory::inference(*program, release);
}

}  // namespace treadle
