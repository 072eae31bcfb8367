// What follows from a model's description alone: shapes, numbers of parameters, initial values.
#include <treadle/model.hpp>

#include "base/checked.hpp"
#include "layers/layers.hpp"
#include "model/walk.hpp"

namespace treadle {

Result<Shape> output_shape(const ModelView& model) noexcept {
  Shape shape = model.input;
  const Result<void> walked = model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    shape = place.output;
    return {};
  });
  if (!walked) return walked.error();
  return shape;
}

Result<std::size_t> parameter_count(const ModelView& model) noexcept {
  std::size_t count = 0;
  const Result<void> walked = model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    count = place.first_parameter + place.parameter_elements;
    return {};
  });
  if (!walked) return walked.error();
  return count;
}

Result<void> initialize(const ModelView& model, std::uint64_t seed, std::span<float> parameters) noexcept {
  const Result<std::size_t> count = parameter_count(model);
  if (!count) return count.error();
  if (parameters.size() != *count)
    return Error{ErrorCode::shape_mismatch,
                 Message{"initialize: the model has "} << *count << " parameters, got room for " << parameters.size()};
  return model::walk(model, [&](const model::LayerPlace& place) -> Result<void> {
    std::size_t offset = place.first_parameter;
    std::uint32_t part = static_cast<std::uint32_t>(place.index * layers::ParameterSpecs::max);
    for (const layers::ParameterSpec& spec : layers::parameters(*place.layer, place.input)) {
      const std::size_t elements = *spec.shape.elements();  // walk() has checked it
      layers::initialize(spec, seed, part++, parameters.subspan(offset, elements));
      offset += elements;
    }
    return {};
  });
}

}  // namespace treadle
