// What a plan would take, told without taking it.
#include <treadle/plan.hpp>

#include <array>

#include "base/arena.hpp"
#include "base/out_of_memory.hpp"
#include "layers/layers.hpp"
#include "model/walk.hpp"
#include "optimizers/optimizers.hpp"
#include "plan/layout.hpp"
#include "plan/record.hpp"

namespace treadle {
namespace {

using plan_detail::Program;
using plan_detail::Request;

std::vector<LayerReport> layer_reports(const ModelView& model) {
  const Result<std::vector<LayerInfo>> infos = layer_infos(model);
  std::vector<LayerReport> reports;
  bool below_has_parameters = false;
  static_cast<void>(model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    const layers::Flops flops = layers::flops(*place.layer, place.input);
    LayerReport report{.name = (*infos)[place.index].name,
                       .input = place.input,
                       .output = place.output,
                       .parameters = place.parameter_elements,
                       .forward_flops = flops.forward,
                       .backward_flops = flops.backward_parameters + (below_has_parameters ? flops.backward_input : 0),
                       .memory = {}};
    below_has_parameters = below_has_parameters || place.parameter_elements != 0;
    reports.push_back(std::move(report));
    return {};
  }));
  return reports;
}

/// Shares the buffers out to the layers that asked for them; the blocks of all parameters, gradients and optimizer
/// state by the layers' own parameters.
void add_memory(const Program& program, const ModelView& model, std::vector<LayerReport>& reports) {
  std::size_t states = 0;
  for (const calls::Buffer& buffer : program.buffers) {
    if (buffer.lifetime == calls::Lifetime::calls || buffer.lifetime == calls::Lifetime::iteration)
      reports[buffer.layer].memory[buffer.kind] += buffer.bytes;
    if (buffer.kind == MemoryKind::optimizer_state) ++states;
  }
  static_cast<void>(model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    std::size_t stored = 0;
    for (const layers::ParameterSpec& spec : layers::parameters(*place.layer, place.input))
      stored += layers::stored_elements(spec, program.kernels->panel).saturated() * sizeof(float);
    MemoryReport& memory = reports[place.index].memory;
    memory[MemoryKind::parameter] = stored;
    memory[MemoryKind::gradient] = program.gradients == calls::no_buffer ? 0 : stored;
    memory[MemoryKind::optimizer_state] = stored * states;
    return {};
  }));
}

StepPart part_of(calls::Phase phase) noexcept {
  switch (phase) {
    case calls::Phase::forward:
      return StepPart::forward;
    case calls::Phase::loss:
    case calls::Phase::loss_gradient:
      return StepPart::loss;
    case calls::Phase::prepare:
    case calls::Phase::backward:
      return StepPart::backward;
    case calls::Phase::norm:
    case calls::Phase::update:
      return StepPart::update;
  }
  return StepPart::update;
}

/// Collects the calls of a training step, sorted by phase.
class CallCollector : public calls::CallObserver {
 public:
  /// `update`: of one parameter.
  CallCollector(std::span<const LayerReport> layers, const calls::Work& update) : layers_(layers), update_(update) {}

  void add(const calls::RecordedCall& call) override {
    if (call.phase == calls::Phase::loss) return;  // that of an evaluation
    phases_[static_cast<std::size_t>(call.phase)].push_back(
        {.layer = call.layer < layers_.size() ? layers_[call.layer].name : "all",
         .name = std::string(call.name),
         .part = part_of(call.phase),
         .each_iteration = call.phase == calls::Phase::prepare || call.phase >= calls::Phase::norm,
         .flops = call.work.flops,
         .bytes = call.work.bytes,
         .tiles = call.tiles,
         .tile_flops = call.tile.flops + update_.flops * call.tile.updated,
         .tile_bytes = call.tile.bytes + update_.bytes * call.tile.updated});
  }

  std::vector<CallReport> calls() && {
    std::vector<CallReport> calls;
    for (std::vector<CallReport>& phase : phases_)
      for (CallReport& call : phase) calls.push_back(std::move(call));
    return calls;
  }

 private:
  std::span<const LayerReport> layers_;
  calls::Work update_;
  std::array<std::vector<CallReport>, calls::phases> phases_;
};

std::vector<CallReport> call_reports(const Request& request, const Program& program,
                                     std::span<const LayerReport> layers) {
  const calls::Work update = optimizers::work(*request.optimizer);
  CallCollector collector(layers, update);
  calls::Recorder recorder(*request.kernels, program.micro_batch, program.batch_size, true, {}, {});
  recorder.observe(collector);
  Program unused;
  request.record(request, recorder, unused);
  std::vector<CallReport> reports = std::move(collector).calls();
  if (program.holds_update()) return reports;
  const double parameters = static_cast<double>(program.parameter_elements);
  reports.push_back({.layer = "all",
                     .name = program.gradients == calls::no_buffer ? "update, as gradients arise" : "update",
                     .part = StepPart::update,
                     .each_iteration = true,
                     .flops = update.flops * parameters,
                     .bytes = update.bytes * parameters});
  return reports;
}

/// A program that was laid out only to be looked at.
class Measured {
 public:
  static Result<Measured> lay_out(const Request& request, const PlanSizes& sizes, std::size_t largest) {
    const Result<std::size_t> bytes = plan_detail::program_bytes(request);
    if (!bytes) return bytes.error();
    Measured measured;
    measured.memory_.resize(*bytes / sizeof(Line));
    const std::size_t given = request.options.memory_limit;
    const Result<Program*> program =
        plan_detail::lay_out_for(request, sizes, std::as_writable_bytes(std::span(measured.memory_)),
                                 given == 0 || given > largest ? largest : given);
    if (!program) return program.error();
    measured.program_ = *program;
    return measured;
  }

  const Program& operator*() const noexcept { return *program_; }
  const Program* operator->() const noexcept { return program_; }

 private:
  struct alignas(base::alignment) Line {
    std::byte bytes[base::alignment];
  };
  std::vector<Line> memory_;
  const Program* program_ = nullptr;
};

/// Another processor as a plan sees it: kernels that are not to be called, and what a program takes there.
struct Elsewhere {
  kernels::KernelTable kernels{};
  PlanSizes sizes{};
  std::size_t largest = 0;  ///< address
};

Result<Elsewhere> elsewhere(const Target& target) noexcept {
  if (target.address_bytes != 4 && target.address_bytes != sizeof(void*))
    return Error{ErrorCode::unsupported, Message{"target "} << target.name << " has addresses of "
                                                            << target.address_bytes << " bytes, this machine has "
                                                            << sizeof(void*)};
  Elsewhere there{.sizes = target.address_bytes == 4 ? plan_sizes_32 : plan_detail::own_plan_sizes(),
                  .largest = target.address_bytes == 4 ? UINT32_MAX : SIZE_MAX};
  there.kernels.isa = target.isa;
  there.kernels.lanes = target.lanes;
  there.kernels.panel = target.panel;
  there.kernels.rows = target.rows;
  return there;
}

Result<PlanReport> make_report(const Result<Request>& request, const PlanSizes& sizes, std::size_t largest) {
  if (!request) return request.error();
  const Result<Measured> program = Measured::lay_out(*request, sizes, largest);
  if (!program) return program.error();
  const ModelView& model = request->model;

  PlanReport report{.isa = (*program)->kernels->isa,
                    .batch_size = (*program)->batch_size,
                    .micro_batch = (*program)->micro_batch,
                    .parameters = (*program)->parameter_elements,
                    .flops_per_sample = 0,
                    .memory = (*program)->memory,
                    .layers = layer_reports(model),
                    .calls = {}};
  add_memory(**program, model, report.layers);
  report.calls = call_reports(*request, **program, report.layers);
  for (const LayerReport& layer : report.layers) report.flops_per_sample += layer.forward_flops + layer.backward_flops;
  return report;
}

/// Runs `make`; its errors, running out of memory among them, name the operation.
template <class Make>
auto named(const char* operation, const Make& make) {
  auto made = base::or_out_of_memory("the report", make);
  if (!made) made = Error{made.error().code, Message{operation} << ": " << made.error().text()};
  return made;
}

}  // namespace

Result<PlanReport> report(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options) {
  return named("plan", [&] {
    return make_report(plan_detail::training_request(model, loss, optimizer, options), plan_detail::own_plan_sizes(),
                       SIZE_MAX);
  });
}

Result<PlanReport> report(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options, const Target& target) {
  return named("plan", [&]() -> Result<PlanReport> {
    const Result<Elsewhere> there = elsewhere(target);
    if (!there) return there.error();
    return make_report(plan_detail::training_request(there->kernels, model, loss, optimizer, options), there->sizes,
                       there->largest);
  });
}

Result<MemoryReport> inference_memory(const ModelView& model, const StepOptions& options, const Target& target) {
  return named("plan_inference", [&]() -> Result<MemoryReport> {
    const Result<Elsewhere> there = elsewhere(target);
    if (!there) return there.error();
    const Result<Request> request = plan_detail::inference_request(there->kernels, model, options);
    if (!request) return request.error();
    const Result<Measured> program = Measured::lay_out(*request, there->sizes, there->largest);
    if (!program) return program.error();
    return (*program)->memory;
  });
}

}  // namespace treadle
