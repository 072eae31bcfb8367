// The public face of a program.
#include <treadle/plan.hpp>

#include <limits>

#include "base/arena.hpp"
#include "plan/advance.hpp"
#include "plan/held_update.hpp"
#include "plan/layout.hpp"
#include "plan/run.hpp"
#include "plan/step_factory.hpp"

namespace treadle {
namespace {

using plan_detail::Program;
using plan_detail::Request;

/// Whether `inputs` holds `rows` samples, without an overflow on the way.
bool holds(std::size_t inputs, std::size_t rows, std::size_t sample_elements) noexcept {
  return inputs % sample_elements == 0 && inputs / sample_elements == rows;
}

bool is_batch(const Program& program, std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept {
  return !targets.empty() && targets.size() <= program.batch_size &&
         holds(inputs.size(), targets.size(), program.sample_elements);
}

}  // namespace

bool TrainingStep::begin(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept {
  if (unfinished() || !is_batch(*program_, inputs, targets)) return false;
  plan_detail::begin_iteration(*program_, inputs.data(), targets.data(), targets.size());
  return true;
}

bool TrainingStep::begin(const SampleSource& source, std::size_t rows, std::span<float> inputs,
                         std::span<std::int32_t> targets) noexcept {
  const std::size_t most = rows < micro_batch() ? rows : micro_batch();
  if (unfinished() || rows == 0 || rows > program_->batch_size || source.read == nullptr ||
      inputs.size() / program_->sample_elements < most || targets.size() < most)
    return false;
  plan_detail::begin_iteration(*program_, source, inputs.data(), targets.data(), rows);
  return true;
}

bool TrainingStep::unfinished() const noexcept { return program_->iteration.unfinished; }

float TrainingStep::run(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept {
  if (!begin(inputs, targets)) return std::numeric_limits<float>::quiet_NaN();
  return plan_detail::run_iteration(*program_);
}

float TrainingStep::run(const SampleSource& source, std::size_t rows, std::span<float> inputs,
                        std::span<std::int32_t> targets) noexcept {
  if (!begin(source, rows, inputs, targets)) return std::numeric_limits<float>::quiet_NaN();
  return plan_detail::run_iteration(*program_);
}

float TrainingStep::compute_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept {
  if (!program_->holds_update() || !begin(inputs, targets)) return std::numeric_limits<float>::quiet_NaN();
  return plan_detail::run_gradients(*program_);
}

void TrainingStep::update() noexcept {
  if (program_->holds_update() && !unfinished()) plan_detail::run_held_update(*program_);
}

double TrainingStep::gradient_norm() const noexcept {
  if (!program_->holds_update()) return std::numeric_limits<double>::quiet_NaN();
  return reinterpret_cast<const plan_detail::GradientNorm*>(program_->floats(program_->norm))->norm;
}

bool TrainingStep::begin_evaluation(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept {
  if (unfinished() || !is_batch(*program_, inputs, targets)) return false;
  plan_detail::begin_evaluation(*program_, inputs.data(), targets.data(), targets.size());
  return true;
}

float TrainingStep::evaluate(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept {
  if (!begin_evaluation(inputs, targets)) return std::numeric_limits<float>::quiet_NaN();
  return plan_detail::run_evaluation(*program_);
}

std::size_t TrainingStep::correct() const noexcept { return program_->correct; }
void TrainingStep::set_learning_rate(float learning_rate) noexcept { program_->learning_rate = learning_rate; }
float TrainingStep::learning_rate() const noexcept { return program_->learning_rate; }
std::size_t TrainingStep::batch_size() const noexcept { return program_->batch_size; }
std::size_t TrainingStep::micro_batch() const noexcept { return program_->micro_batch; }
Isa TrainingStep::isa() const noexcept { return program_->kernels->isa; }
const MemoryReport& TrainingStep::memory() const noexcept { return program_->memory; }

bool InferenceStep::run(std::span<const float> inputs, std::span<float> outputs) noexcept {
  const std::size_t columns = program_->output.columns;
  if (outputs.size() % columns != 0) return false;
  const std::size_t rows = outputs.size() / columns;
  if (!holds(inputs.size(), rows, program_->sample_elements)) return false;
  plan_detail::run_inference(*program_, inputs.data(), outputs.data(), rows);
  return true;
}

const MemoryReport& InferenceStep::memory() const noexcept { return program_->memory; }

namespace plan_detail {

Result<Program*> plan_in(const Request& request, std::span<std::byte> memory) noexcept {
  if (reinterpret_cast<std::uintptr_t>(memory.data()) % base::alignment != 0)
    return Error{ErrorCode::invalid_argument,
                 "the memory must start at a multiple of 64 bytes: declare it alignas(64)"};
  const std::size_t given = request.options.memory_limit;
  const std::size_t limit = given != 0 && given < memory.size() ? given : memory.size();
  const Result<Program*> program = lay_out(request, memory, limit);
  if (!program) return program.error();
  activate(request, **program, memory);
  return *program;
}

}  // namespace plan_detail

namespace {
/// The memory is the caller's.
void borrowed(Program*) noexcept {}
}  // namespace

Result<TrainingStep> plan(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options, std::span<std::byte> memory) noexcept {
  const Result<Request> request = plan_detail::training_request(model, loss, optimizer, options);
  if (!request) return Error{request.error().code, Message{"plan: "} << request.error().text()};
  const Result<Program*> program = plan_detail::plan_in(*request, memory);
  if (!program) return Error{program.error().code, Message{"plan: "} << program.error().text()};
  return StepFactory::training(*program, borrowed);
}

Result<InferenceStep> plan_inference(const ModelView& model, const StepOptions& options,
                                     std::span<std::byte> memory) noexcept {
  if (model.parameters.empty())
    return Error{ErrorCode::invalid_argument, "plan_inference: the model has no parameters"};
  const Result<Request> request = plan_detail::inference_request(model, options);
  if (!request) return Error{request.error().code, Message{"plan_inference: "} << request.error().text()};
  const Result<Program*> program = plan_detail::plan_in(*request, memory);
  if (!program) return Error{program.error().code, Message{"plan_inference: "} << program.error().text()};
  return StepFactory::inference(*program, borrowed);
}

}  // namespace treadle
