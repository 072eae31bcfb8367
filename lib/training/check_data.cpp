#include "training/check_data.hpp"

#include <cstdint>

namespace treadle::training {

Result<void> check_samples(std::string_view what, const ModelView& model, const data::SampleInfo& data) {
  const Result<Shape> output = output_shape(model);
  if (!output) return Error{output.error().code, Message{what} << ": " << output.error().text()};
  if (data.size == 0) return Error{ErrorCode::invalid_argument, Message{what} << ": no samples"};
  if (data.size > UINT32_MAX)
    return Error{ErrorCode::too_large,
                 Message{what} << ": " << data.size << " samples, at most " << UINT32_MAX << " are supported"};
  if (data.shape != model.input)
    return Error{ErrorCode::shape_mismatch,
                 Message{what} << ": the model expects samples of shape " << model.input << ", got " << data.shape};
  if (output->rank() != 1)
    return Error{ErrorCode::shape_mismatch,
                 Message{what} << ": expected a model with one output for each class, its output is " << *output};
  return {};
}

Result<void> check_data(std::string_view what, const ModelView& model, const data::SampleInfo& data) {
  if (const Result<void> checked = check_samples(what, model, data); !checked) return checked;
  const std::size_t outputs = (*output_shape(model))[0];
  if (outputs < data.classes)
    return Error{ErrorCode::shape_mismatch,
                 Message{what} << ": " << data.classes << " classes, but the model's output is [" << outputs << ']'};
  return {};
}

}  // namespace treadle::training
