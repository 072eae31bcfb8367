#include <treadle/export.hpp>
#include <treadle/version.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/out_of_memory.hpp"
#include "layers/layers.hpp"
#include "plan/layout.hpp"

namespace treadle {
namespace {

constexpr std::size_t widest_line = 120;

std::string number(std::size_t value) { return std::to_string(value); }

/// The shortest decimal literal that is this float.
std::string literal(float value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  const std::string text(digits.data(), end.ptr);
  return text + (text.find_first_of(".e") == std::string::npos ? ".0f" : "f");
}

/// The float's very bits, as a hexadecimal literal.
std::string bits_literal(float value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(value), std::chars_format::hex);
  return (std::signbit(value) ? "-0x" : "0x") + std::string(digits.data(), end.ptr) + "f";
}

std::string literal(bool value) { return value ? "true" : "false"; }
std::string literal(std::size_t value) { return number(value); }
std::string literal(Initializer value) { return "treadle::Initializer::" + std::string(layers::name(value)); }
std::string literal(Padding value) { return "treadle::Padding::" + std::string(layers::name(value)); }

/// `treadle::Type{.field = value, ...}`, field by field.
class Initialized {
 public:
  explicit Initialized(std::string_view type) : text_("treadle::" + std::string(type) + "{") {}

  template <class Value>
  Initialized& operator()(std::string_view field, const Value& value) {
    text_ += (fields_++ == 0 ? "." : ", .") + std::string(field) + " = " + literal(value);
    return *this;
  }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_;
  std::size_t fields_ = 0;
};

std::string literal(const Layer& layer) {
  return std::visit(
      [](const auto& l) {
        Initialized text(l.type);
        layers::visit_fields(l, text);
        return text.text();
      },
      layer);
}

std::string literal(const Sgd& sgd) {
  Initialized text(Sgd::type);
  text("learning_rate", sgd.learning_rate)("momentum", sgd.momentum)("nesterov", sgd.nesterov);
  return text("weight_decay", sgd.weight_decay).text();
}

template <class A>
std::string literal_of_adam(const A& adam) {
  Initialized text(A::type);
  text("learning_rate", adam.learning_rate)("beta1", adam.beta1)("beta2", adam.beta2)("epsilon", adam.epsilon);
  return text("weight_decay", adam.weight_decay).text();
}
std::string literal(const Adam& adam) { return literal_of_adam(adam); }
std::string literal(const AdamW& adamw) { return literal_of_adam(adamw); }

std::string literal(const PlanSizes& sizes) {
  Initialized text("PlanSizes");
  text("program", sizes.program)("call", sizes.call)("buffer", sizes.buffer)("address", sizes.address);
  return text("parameter", sizes.parameter).text();
}

std::string step_literal(std::size_t batch_size, std::size_t micro_batch, bool keep_gradients, Isa isa) {
  std::string text = "treadle::StepOptions{.batch_size = " + number(batch_size) +
                     ", .micro_batch = " + number(micro_batch) + ", .isa = treadle::Isa::" + std::string(name(isa));
  return text + (keep_gradients ? ", .keep_gradients = true}" : "}");
}

std::string memory_type(std::string_view type, std::size_t bytes) {
  return "using " + std::string(type) + " = treadle::PlanMemory<" + number(bytes) + ",\n    " + literal(plan_sizes_32) +
         ">;\n";
}

std::string layer_lines(std::span<const Layer> layers) {
  std::string text = "inline constexpr std::array<treadle::Layer, " + number(layers.size()) + "> layers{\n";
  for (const Layer& layer : layers) text += "    " + literal(layer) + ",\n";
  return text + "};\n";
}

std::string array_lines(std::string_view name, std::span<const float> values) {
  std::string text = "inline constexpr std::array<float, " + number(values.size()) + "> " + std::string(name) + "{";
  std::size_t width = widest_line;
  for (const float value : values) {
    const std::string next = bits_literal(value) + ",";
    if (width + 1 + next.size() > widest_line) {
      text += "\n   ";
      width = 3;
    }
    text += " " + next;
    width += 1 + next.size();
  }
  return text + "\n};\n";
}

std::string normalization_lines(const Normalization& normalization) {
  if (normalization.empty()) return "";
  return "\n" + array_lines("shift", normalization.shift) + array_lines("scale", normalization.scale) +
         "/// The model was trained on normalised samples: treadle::normalize(normalization, inputs) before each "
         "step.\n"
         "inline constexpr treadle::NormalizationView normalization{shift, scale};\n";
}

std::string shape_literal(const Shape& shape) {
  std::string text = "{";
  for (const std::size_t extent : shape.extents()) text += (text.size() == 1 ? "" : ", ") + number(extent);
  return text + "}";
}

bool is_identifier(std::string_view text) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !letter(text.front()) || text.size() > 100) return false;
  for (const char c : text)
    if (!letter(c) && !digit(c)) return false;
  return true;
}

Result<void> check(const Model& model, const HeaderOptions& options) noexcept {
  if (!is_identifier(options.name))
    return Error{ErrorCode::invalid_argument, "the name of the namespace: expected letters, digits and _"};
  if (options.target.address_bytes != 4)
    return Error{ErrorCode::invalid_argument,
                 Message{"target "} << options.target.name << ": expected a processor with 32-bit addresses"};
  if (model.parameters().empty()) return Error{ErrorCode::invalid_argument, "the model has no parameters"};
  for (std::size_t i = 0; i < model.parameters().size(); ++i)
    if (!std::isfinite(model.parameters()[i]))
      return Error{ErrorCode::invalid_argument, Message{"parameter "} << i << " of the model is not finite"};
  return {};
}

Result<std::string> training_lines(const Model& model, const HeaderOptions& options) {
  const HeaderTraining& training = *options.training;
  const Result<PlanReport> plan = report(model, training.loss, training.optimizer, training.step, options.target);
  if (!plan) return plan.error();
  const auto code = [](const auto& alternatives) {
    return std::visit([](const auto& one) { return literal(one); }, alternatives);
  };
  const std::string loss = std::visit([](const auto& l) { return Initialized(l.type).text(); }, training.loss);
  return "\n/// Training: treadle::plan(model, loss, optimizer, training_options, memory) in a static TrainingMemory.\n"
         "inline constexpr treadle::Loss loss = " +
         loss + ";\n" + "inline constexpr treadle::Optimizer optimizer =\n    " + code(training.optimizer) + ";\n" +
         "inline constexpr treadle::StepOptions training_options =\n    " +
         step_literal(plan->batch_size, plan->micro_batch, training.step.keep_gradients, plan->isa) + ";\n" +
         memory_type("TrainingMemory", plan->memory.total());
}

Result<std::string> make_header(const Model& model, const HeaderOptions& options) {
  if (const Result<void> checked = check(model, options); !checked) return checked.error();
  const StepOptions inference{.batch_size = options.inference_batch, .micro_batch = options.inference_batch};
  const Result<MemoryReport> memory = inference_memory(model, inference, options.target);
  if (!memory) return memory.error();
  std::string text = "// A model for firmware on a " + std::string(options.target.name) + " (" +
                     std::string(name(options.target.isa)) +
                     " kernels), written by treadle export " TREADLE_VERSION
                     ".\n// clang-format off\n#pragma once\n\n#include <treadle/plan.hpp>\n#include "
                     "<treadle/target.hpp>\n\n#include <array>\n\n";
  text += "namespace " + options.name + " {\n\n" + layer_lines(model.layers()) + "\n";
  text += "// In the order of treadle::Model::parameters().\n" + array_lines("parameters", model.parameters()) + "\n";
  text += "inline constexpr treadle::ModelView model{" + shape_literal(model.input()) + ", layers, parameters};\n";
  text += normalization_lines(model.normalization());
  text += "\n/// Inference: treadle::plan_inference(model, inference_options, memory) in a static InferenceMemory.\n";
  text += "inline constexpr treadle::StepOptions inference_options =\n    " +
          step_literal(inference.batch_size, inference.micro_batch, false, options.target.isa) + ";\n" +
          memory_type("InferenceMemory", memory->total());
  if (options.training) {
    const Result<std::string> training = training_lines(model, options);
    if (!training) return training.error();
    text += *training;
  }
  return text + "\n}  // namespace " + options.name + "\n";
}

}  // namespace

Result<std::string> export_header(const Model& model, const HeaderOptions& options) {
  Result<std::string> made = base::or_out_of_memory("the header", [&] { return make_header(model, options); });
  if (!made) return Error{made.error().code, Message{"export: "} << made.error().text()};
  return made;
}

}  // namespace treadle
