// Visits a model's layers in order, with the shapes between them, and refuses the first that does not fit.
#pragma once

#include <treadle/model.hpp>

#include <cstddef>

#include "base/checked.hpp"
#include "layers/layers.hpp"

namespace treadle::model {

/// One layer at its place in a model.
struct LayerPlace {
  const Layer* layer;
  std::size_t index;
  Shape input;
  Shape output;
  std::size_t first_parameter;     ///< of its parameters within the model's
  std::size_t parameter_elements;  ///< of all its parameters
};

/// "layer 3 (Dense): ".
inline Message layer_name(std::size_t index, const Layer& layer) noexcept {
  return Message{"layer "} << index << " (" << type_name(layer) << "): ";
}

/// Number of values in `shape`; none and too many are errors.
inline Result<std::size_t> element_count(const Shape& shape) noexcept {
  const Result<std::size_t> elements = shape.elements();
  if (!elements) return elements.error();
  if (*elements == 0) return Error{ErrorCode::invalid_argument, Message{} << shape << " has no elements"};
  return *elements;
}

/// What one layer makes of `input`, with errors that name it.
inline Result<LayerPlace> place_layer(const Layer& layer, std::size_t index, const Shape& input,
                                      std::size_t first_parameter) noexcept {
  const auto failed = [&](const Error& error) { return Error{error.code, layer_name(index, layer) << error.text()}; };
  const Result<Shape> output = layers::output_shape(layer, input);
  if (!output) return failed(output.error());
  if (const Result<std::size_t> elements = element_count(*output); !elements) return failed(elements.error());
  base::CheckedSize own{0};
  for (const layers::ParameterSpec& spec : layers::parameters(layer, input)) {
    const Result<std::size_t> elements = spec.shape.elements();
    if (!elements) return failed(elements.error());
    own += *elements;
  }
  const base::CheckedSize bytes = (own + first_parameter) * sizeof(float);
  if (!bytes.valid()) return failed({ErrorCode::too_large, "too many parameters for a size of this machine"});
  return LayerPlace{&layer, index, input, *output, first_parameter, own.saturated()};
}

/// Calls visit(const LayerPlace&) -> Result<void> for each layer.
template <class Visit>
Result<void> walk(const ModelView& model, Visit&& visit) {
  if (const Result<std::size_t> elements = element_count(model.input); !elements)
    return Error{elements.error().code, Message{"the model's input: "} << elements.error().text()};
  if (model.layers.empty()) return Error{ErrorCode::invalid_argument, "the model has no layers"};
  if (model.layers.size() > max_layers)
    return Error{ErrorCode::too_large, Message{"the model has "} << model.layers.size() << " layers, at most "
                                                                 << max_layers << " are allowed"};
  Shape shape = model.input;
  std::size_t parameters = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Result<LayerPlace> place = place_layer(model.layers[i], i, shape, parameters);
    if (!place) return place.error();
    if (const Result<void> visited = visit(*place); !visited) return visited;
    shape = place->output;
    parameters += place->parameter_elements;
  }
  return {};
}

}  // namespace treadle::model
