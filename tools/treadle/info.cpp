// treadle info: what this build and machine can do, or what is in a model file.
#include <treadle/executor.hpp>
#include <treadle/model.hpp>
#include <treadle/version.hpp>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

#if defined(__clang__)
constexpr const char* compiler = "clang " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

struct InfoOptions {
  std::string file;
  bool json = false;
};

struct Machine {
  Isa active;
  std::string threads_from;
  std::size_t cpus;
};

Machine look_at_machine() {
  const bool tbb = make_executor(2, ThreadSource::tbb).has_value();
  return {active_isa(), tbb ? "oneTBB" : "std::thread", make_executor(0).value()->threads()};
}

std::string machine_text(const Machine& machine) {
  std::string compiled, supported_here;
  for (const Isa isa : compiled_isas()) {
    compiled += (compiled.empty() ? "" : ", ") + std::string(name(isa));
    if (supported(isa)) supported_here += (supported_here.empty() ? "" : ", ") + std::string(name(isa));
  }
  std::string text = "version           " TREADLE_VERSION "\n";
  text += "compiler          " + std::string(compiler) + "\n";
  text += "instruction sets  compiled: " + compiled + "\n";
  text += "                  supported by this CPU: " + supported_here + "\n";
  text += "                  active: " + std::string(name(machine.active)) +
          (made_for_in_order(machine.active) ? " for a processor that begins instructions in order" : "") +
          " (set TREADLE_ISA to choose another)\n";
  text += "threads           from " + machine.threads_from + "; " + counted(machine.cpus, "usable CPU") + "\n";
  return text;
}

Json machine_json(const Machine& machine) {
  Json object = {{"version", TREADLE_VERSION}, {"compiler", compiler}, {"isas", Json::array()}};
  for (const Isa isa : compiled_isas())
    object["isas"].push_back({{"name", name(isa)},
                              {"supported", supported(isa)},
                              {"same_bits", same_bits(isa)},
                              {"in_order", made_for_in_order(isa)}});
  object["active_isa"] = name(machine.active);
  object["threads_from"] = machine.threads_from;
  object["cpus"] = machine.cpus;
  return object;
}

std::string model_text(const std::string& file, const Model& model) {
  const std::vector<ParameterInfo> tensors = model.parameter_infos().value();
  std::string text = file + ": " + shape_text(model.input()) + " -> " + shape_text(model.output().value()) + ", " +
                     counted(model.parameters().size(), "parameter") + " (" +
                     human_bytes(model.parameters().size_bytes()) + ")\n";
  if (const std::size_t places = model.normalization().shift.size(); places > 0)
    text += "inputs are normalised with " + counted(places, "shift") + " and " + counted(places, "scale") + "\n";
  const char* before = "classes are ";
  for (const std::string& name : model.class_names()) text += std::exchange(before, ", ") + name;
  text += model.class_names().empty() ? "\n" : "\n\n";
  const std::vector<LayerInfo> infos = layer_infos(model).value();
  Table layers({"layer", "input", "output"});
  for (const LayerInfo& layer : infos) layers.add({layer.name, shape_text(layer.input), shape_text(layer.output)});
  Table parameters({"tensor", "shape", "elements", "bytes"});
  for (const ParameterInfo& tensor : tensors)
    parameters.add(
        {tensor.name, shape_text(tensor.shape), grouped(tensor.elements), grouped(tensor.elements * sizeof(float))});
  return text + layers.text() + "\n" + parameters.text();
}

Json extents(const Shape& shape) { return std::vector<std::size_t>(shape.extents().begin(), shape.extents().end()); }

Json model_json(const Model& model) {
  Json object = {{"input", extents(model.input())},
                 {"output", extents(model.output().value())},
                 {"parameters", model.parameters().size()},
                 {"layers", Json::array()},
                 {"tensors", Json::array()}};
  const std::vector<LayerInfo> layers = layer_infos(model).value();
  for (const LayerInfo& layer : layers)
    object["layers"].push_back(
        {{"name", layer.name}, {"input", extents(layer.input)}, {"output", extents(layer.output)}});
  const std::vector<ParameterInfo> tensors = model.parameter_infos().value();
  for (const ParameterInfo& tensor : tensors)
    object["tensors"].push_back(
        {{"name", tensor.name}, {"shape", extents(tensor.shape)}, {"elements", tensor.elements}});
  const Normalization& normalization = model.normalization();
  object["normalization"] =
      normalization.empty() ? Json() : Json{{"shift", normalization.shift}, {"scale", normalization.scale}};
  object["classes"] = model.class_names().empty() ? Json() : Json(names_of(model));
  return object;
}

void run_info(const InfoOptions& options) {
  if (options.file.empty()) {
    const Machine machine = look_at_machine();
    if (options.json) return write_json(machine_json(machine));
    return write_out(machine_text(machine));
  }
  const Model model = read_model(options.file);
  if (options.json) return write_json(model_json(model));
  write_out(model_text(options.file, model));
}

std::function<void()> prepare_info(CommandLine& line) {
  const auto options = std::make_shared<InfoOptions>();
  line.argument("FILE", "A model file to describe", options->file);
  add_json(line, options->json);
  return [options] { run_info(*options); };
}

}  // namespace

const Command info_command = {"info", "Describe this build and machine, or a model file",
                              "  treadle info\n"
                              "  treadle info model.safetensors\n"
                              "  TREADLE_ISA=avx2 treadle info --json\n",
                              prepare_info};

}  // namespace treadle::tool
