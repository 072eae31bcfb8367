// treadle plan: what a training step will take, without taking it.
#include <treadle/plan.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "options.hpp"
#include "output.hpp"
#include "plan_json.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr MemoryKind kinds[] = {MemoryKind::parameter,  MemoryKind::gradient,  MemoryKind::optimizer_state,
                                MemoryKind::activation, MemoryKind::workspace, MemoryKind::plan};
static_assert(std::size(kinds) == memory_kinds);

struct PlanOptions {
  std::string model = "mlp";
  Shape input{28, 28, 1};
  std::size_t classes = 10;
  BatchOptions batch;
  OptimizerOptions optimizer;
  std::string_view target;  ///< empty: this machine
  bool json = false;
};

Model planned_model(const CommandLine& line, const PlanOptions& options) {
  if (is_preset(options.model)) return preset(options.model, options.input, options.classes).value();
  line.refuse("input", "goes with a preset; a model file has its own");
  line.refuse("classes", "goes with a preset; a model file has its own");
  return read_model(options.model);
}

std::uint64_t flops_per_iteration(const PlanReport& plan) {
  std::uint64_t flops = 0;
  if (__builtin_mul_overflow(plan.flops_per_sample, plan.batch_size, &flops))
    throw Failure("the number of floating-point operations of an iteration does not fit into 64 bits");
  return flops;
}

std::string memory_text(const MemoryReport& memory) {
  Table table({"memory", "bytes", "size"});
  for (const MemoryKind kind : kinds)
    table.add({std::string(name(kind)), grouped(memory[kind]), human_bytes(memory[kind])});
  table.add({"total", grouped(memory.total()), human_bytes(memory.total())});
  return table.text();
}

std::string layer_text(const std::vector<LayerReport>& layers) {
  Table table({"layer", "input", "output", "parameters", "forward FLOP", "backward FLOP"});
  for (const LayerReport& layer : layers)
    table.add({layer.name, shape_text(layer.input), shape_text(layer.output), grouped(layer.parameters),
               grouped(layer.forward_flops), grouped(layer.backward_flops)});
  return table.text();
}

std::string layer_memory_text(const std::vector<LayerReport>& layers) {
  std::vector<std::string> head = {"bytes"};
  for (const MemoryKind kind : kinds)
    if (kind != MemoryKind::plan) head.emplace_back(name(kind));
  Table table(std::move(head));
  for (const LayerReport& layer : layers) {
    std::vector<std::string> row = {layer.name};
    for (const MemoryKind kind : kinds)
      if (kind != MemoryKind::plan) row.push_back(grouped(layer.memory[kind]));
    table.add(std::move(row));
  }
  return table.text();
}

/// Operations for each byte at which the processor is as slow as its memory. That of most processors lies between 2, on
/// one core with its first caches, and 10, with all cores on memory that they share.
constexpr double balance = 4;

const char* bound(const CallReport& call) { return call.flops >= balance * call.bytes ? "compute" : "memory"; }

std::string call_text(const PlanReport& plan) {
  Table table({"layer", "call", "FLOP", "bytes", "bound", "tiles"});
  for (const CallReport& call : plan.calls)
    table.add({call.layer, call.name + (call.each_iteration ? " *" : ""),
               grouped(static_cast<std::uint64_t>(call.flops)), grouped(static_cast<std::uint64_t>(call.bytes)),
               bound(call), call.tiles == 0 ? "-" : grouped(call.tiles)});
  return table.text() + "(on a micro-batch; * once an iteration. Memory is the bound of calls with less than " +
         grouped(static_cast<std::uint64_t>(balance)) + " FLOP a byte.)\n";
}

/// How long a tile of the call takes, in operations: those that it does, or those of the time that its bytes take.
double tile_length(const CallReport& call) { return std::max(call.tile_flops, balance * call.tile_bytes); }

const CallReport& longest_tile(const PlanReport& plan) {
  return *std::max_element(plan.calls.begin(), plan.calls.end(),
                           [](const CallReport& a, const CallReport& b) { return tile_length(a) < tile_length(b); });
}

std::string tile_text(const PlanReport& plan) {
  const CallReport& call = longest_tile(plan);
  return "longest tile: " + call.layer + " " + call.name + ", " + grouped(static_cast<std::uint64_t>(call.tile_flops)) +
         " FLOP, " + grouped(static_cast<std::uint64_t>(call.tile_bytes)) + " bytes; predicted " +
         fixed(tile_length(call) * 1e-3, 0) + " us at 1 GFLOP/s and " + fixed(1000 / balance, 0) + " MB/s\n";
}

std::string to_text(const PlanOptions& options, const PlanReport& plan) {
  const std::string where = options.target.empty() ? "" : " on " + std::string(options.target);
  std::string text = options.model + ", " + counted(plan.parameters, "parameter") + ", " +
                     std::string(options.optimizer.name) + ", batch " + grouped(plan.batch_size) + ", micro-batch " +
                     grouped(plan.micro_batch) + ", " + std::string(name(plan.isa)) + where + "\n\n";
  text += memory_text(plan.memory) + "\n" + layer_text(plan.layers) + "\n";
  text += "FLOP of a sample: " + grouped(plan.flops_per_sample) +
          ", of an iteration: " + grouped(flops_per_iteration(plan)) + " (without the update)\n\n";
  text += layer_memory_text(plan.layers) + "(before activations and workspace share their memory)\n\n";
  return text + call_text(plan) + tile_text(plan);
}

Json to_json(const PlanOptions& options, const PlanReport& plan) {
  Json object = {{"model", options.model},
                 {"optimizer", options.optimizer.name},
                 {"target", options.target.empty() ? Json() : Json(options.target)},
                 {"isa", name(plan.isa)},
                 {"batch_size", plan.batch_size},
                 {"micro_batch", plan.micro_batch},
                 {"parameters", plan.parameters},
                 {"flops_per_sample", plan.flops_per_sample},
                 {"flops_per_iteration", flops_per_iteration(plan)},
                 {"memory", memory_json(plan.memory)}};
  object["layers"] = layers_json(plan.layers);
  object["calls"] = Json::array();
  for (const CallReport& call : plan.calls)
    object["calls"].push_back({{"layer", call.layer},
                               {"name", call.name},
                               {"each_iteration", call.each_iteration},
                               {"flops", call.flops},
                               {"bytes", call.bytes},
                               {"bound", bound(call)},
                               {"tiles", call.tiles},
                               {"tile_flops", call.tile_flops},
                               {"tile_bytes", call.tile_bytes}});
  return object;
}

void run_plan(const CommandLine& line, const PlanOptions& options) {
  check(options.batch);
  const bool here = options.target.empty();
  const Model model = planned_model(line, options);
  const StepOptions step{.batch_size = options.batch.batch_size,
                         .micro_batch = options.batch.micro_batch,
                         .memory_limit = options.batch.memory_limit,
                         .isa = here ? std::optional(active_isa()) : std::nullopt};
  const Optimizer optimizer = make_optimizer(options.optimizer);
  const PlanReport plan = (here ? report(model, SoftmaxCrossEntropy{}, optimizer, step)
                                : report(model, SoftmaxCrossEntropy{}, optimizer, step, *find_target(options.target)))
                              .value();
  if (options.json)
    write_json(to_json(options, plan));
  else
    write_out(to_text(options, plan));
}

std::function<void()> prepare_plan(CommandLine& line) {
  const auto options = std::make_shared<PlanOptions>();
  line.text("model", "NAME", "A preset (" + preset_list() + "), or a model file", options->model)
      .option("input", "SHAPE", "Shape of one sample, for a preset", rules::shape(), into(options->input), "28x28x1")
      .whole("classes", "Number of classes, for a preset", options->classes, 1, 1'000'000'000);
  add_batch_options(line, options->batch);
  add_optimizer_name(line, options->optimizer);
  add_target(line, options->target, Default::words("this machine"));
  add_json(line, options->json);
  return [&line, options] { run_plan(line, *options); };
}

}  // namespace

const Command plan_command = {"plan", "Show the memory and the work of a training step before it runs",
                              "  treadle plan --model mlp --batch-size 128\n"
                              "  treadle plan --model gestures.safetensors --target cortex-m7 --memory 96KiB\n"
                              "  treadle plan --model model.safetensors --batch-size 32 --optimizer sgd --json\n",
                              prepare_plan};

}  // namespace treadle::tool
