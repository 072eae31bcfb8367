// The model that owns its parameters.
#include <treadle/model.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string_view>
#include <utility>

#include "formats/text.hpp"
#include "layers/layers.hpp"
#include "model/walk.hpp"

namespace treadle {
namespace {

/// `count` zeros, or out_of_memory: the count may come from a file.
Result<std::vector<float>> zeros(std::size_t count) {
  try {
    return std::vector<float>(count);
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, Message{"no memory for "} << count << " parameters"};
  }
}

}  // namespace

Result<std::vector<LayerInfo>> layer_infos(const ModelView& model) {
  std::vector<LayerInfo> infos;
  const Result<void> walked = model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    infos.push_back({.name = std::to_string(place.index) + " " + std::string(type_name(*place.layer)),
                     .input = place.input,
                     .output = place.output});
    return {};
  });
  if (!walked) return walked.error();
  return infos;
}

Result<std::vector<ParameterInfo>> Model::parameter_infos() const {
  std::vector<ParameterInfo> infos;
  const Result<void> walked = model::walk(*this, [&](const model::LayerPlace& place) -> Result<void> {
    std::size_t offset = place.first_parameter;
    for (const layers::ParameterSpec& spec : layers::parameters(*place.layer, place.input)) {
      const std::size_t elements = *spec.shape.elements();  // walk() has checked it
      infos.push_back({.name = std::to_string(place.index) + "." + std::string(spec.name),
                       .layer = place.index,
                       .shape = spec.shape,
                       .offset = offset,
                       .elements = elements});
      offset += elements;
    }
    return {};
  });
  if (!walked) return walked.error();
  return infos;
}

Result<void> Model::initialize(std::uint64_t seed) {
  const Result<std::size_t> count = parameter_count(*this);
  if (!count) return count.error();
  Result<std::vector<float>> parameters = zeros(*count);
  if (!parameters) return parameters.error();
  if (const Result<void> drawn = treadle::initialize(*this, seed, *parameters); !drawn) return drawn;
  parameters_ = std::move(*parameters);
  return {};
}

Result<void> Model::set_parameters(std::span<const float> parameters) {
  const Result<std::size_t> count = parameter_count(*this);
  if (!count) return count.error();
  if (parameters.size() != *count)
    return Error{ErrorCode::shape_mismatch,
                 Message{"set_parameters: the model has "} << *count << " parameters, got " << parameters.size()};
  Result<std::vector<float>> copy = zeros(*count);
  if (!copy) return copy.error();
  std::copy(parameters.begin(), parameters.end(), copy->begin());
  parameters_ = std::move(*copy);
  return {};
}

Result<void> Model::set_normalization(Normalization normalization) {
  const std::size_t places = input_.rank() == 0 ? 0 : input_[input_.rank() - 1];
  const std::size_t shifts = normalization.shift.size(), scales = normalization.scale.size();
  if (shifts != scales || (shifts != 0 && shifts != places))
    return Error{ErrorCode::shape_mismatch, Message{"normalization: expected "}
                                                << places << " shifts and scales for an input " << input_ << ", got "
                                                << shifts << " and " << scales};
  for (std::size_t i = 0; i < shifts; ++i)
    if (!std::isfinite(normalization.shift[i]) || !std::isfinite(normalization.scale[i]))
      return Error{ErrorCode::invalid_argument,
                   Message{"normalization: the shift or scale of place "} << i << " is not finite"};
  normalization_ = std::move(normalization);
  return {};
}

namespace {

/// Whether it can be shown, and kept in a file, as it is.
bool is_text(std::string_view name) noexcept {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto byte = static_cast<unsigned char>(name[0]);
    const std::size_t length = formats::utf8_length(name);
    if (length == 0 || byte < 0x20 || byte == 0x7F) return false;
    name.remove_prefix(length);
  }
  return true;
}

}  // namespace

Result<void> Model::set_class_names(std::vector<std::string> names) {
  const Result<Shape> shape = output();
  if (!shape) return shape.error();
  const std::size_t outputs = shape->elements().value_or(0);
  if (!names.empty() && names.size() != outputs)
    return Error{ErrorCode::shape_mismatch,
                 Message{"names of classes: expected one for each of "} << outputs << " outputs, got " << names.size()};
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    return Error{ErrorCode::invalid_argument,
                 Message{"names of classes: "} << formats::shown_text(*twice) << " is there twice"};
  const auto wrong = std::find_if_not(names.begin(), names.end(), is_text);
  if (wrong != names.end())
    return Error{
        ErrorCode::invalid_argument,
        Message{"names of classes: expected text without control characters, got "} << formats::shown_text(*wrong)};
  class_names_ = std::move(names);
  return {};
}

}  // namespace treadle
