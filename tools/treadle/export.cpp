// treadle export: a model as source code, for firmware.
#include <treadle/export.hpp>

#include <memory>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

struct ExportOptions {
  std::string model, out;
  std::string name = "model";
  std::string_view target = "cortex-m7";
  std::size_t inference_batch = 1;
  bool inference_only = false;
  BatchOptions batch;
  OptimizerOptions optimizer;
};

HeaderOptions header_options(const CommandLine& line, const ExportOptions& options) {
  HeaderOptions header{.target = find_target(options.target).value(),
                       .name = options.name,
                       .inference_batch = options.inference_batch,
                       .training = std::nullopt};
  if (options.inference_only) {
    for (const char* option :
         {"batch-size", "micro-batch", "memory", "optimizer", "learning-rate", "momentum", "weight-decay"})
      line.refuse(option, "does not go with --inference-only");
    return header;
  }
  check(options.batch);
  header.training = {.loss = SoftmaxCrossEntropy{},
                     .optimizer = make_optimizer(options.optimizer),
                     .step = {.batch_size = options.batch.batch_size,
                              .micro_batch = options.batch.micro_batch,
                              .memory_limit = options.batch.memory_limit}};
  return header;
}

void run_export(const CommandLine& line, const ExportOptions& options) {
  if (options.model.empty()) throw UsageError("MODEL is needed: a file that treadle train wrote");
  const HeaderOptions header = header_options(line, options);
  check_distinct("--out", options.out, {options.model});
  const std::string text = export_header(read_model(options.model), header).value();
  if (options.out.empty()) return write_out(text);
  OutputFile file("--out", options.out);
  file.write(text);
  file.finish();
}

std::function<void()> prepare_export(CommandLine& line) {
  const auto options = std::make_shared<ExportOptions>();
  line.argument("MODEL", "The model, as treadle train wrote it; needed", options->model)
      .option(
          "format", "FORMAT", "What to write: c, a C++ header", rules::word("format", {"c"}), [](std::string_view) {},
          "c")
      .option("o,out", "FILE", "Where to write it", rules::text(), into(options->out),
              Default::words("standard output"))
      .text("name", "NAME", "Namespace of what the header defines", options->name)
      .whole("inference-batch", "Samples that inference computes at once", options->inference_batch, 1, 1'000'000'000)
      .flag("inference-only", "Leave out what training needs", options->inference_only);
  add_target(line, options->target, options->target);
  add_batch_options(line, options->batch);
  add_optimizer_name(line, options->optimizer);
  add_learning_rate(line, options->optimizer);
  add_hyperparameters(line, options->optimizer);
  return [&line, options] { run_export(line, *options); };
}

}  // namespace

const Command export_command = {
    "export", "Write a model as source code for firmware",
    "  treadle export --format c model.safetensors -o model.h\n"
    "  treadle export model.safetensors --batch-size 32 --micro-batch 1 --optimizer momentum\n"
    "  treadle export model.safetensors --inference-only --target cortex-m55 --name gestures\n",
    prepare_export};

}  // namespace treadle::tool
