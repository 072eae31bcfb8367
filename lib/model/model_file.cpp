#include "model/model_file.hpp"

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "formats/json.hpp"
#include "formats/json_writer.hpp"
#include "formats/safetensors.hpp"
#include "formats/text.hpp"
#include "model/description.hpp"
#include "model/walk.hpp"

namespace treadle {
namespace model {
namespace {

using formats::shown_text, formats::Safetensors, formats::Tensor;

/// "layer 1 (Dense): tensor "1.weight"".
Message tensor_name(const Model& model, const ParameterInfo& info) noexcept {
  return layer_name(info.layer, model.layers()[info.layer]) << "tensor " << shown_text(info.name);
}

constexpr const char *shift_name = "normalization.shift", *scale_name = "normalization.scale";

Error no_description(const Safetensors& contents) noexcept {
  Message message{"no \""};
  message << description_key << "\" in the metadata, so nothing says what the layers are; the file holds "
          << contents.tensors.size() << " tensors";
  if (!contents.tensors.empty()) message << ", the first is " << shown_text(contents.tensors[0].name);
  return {ErrorCode::unsupported, message};
}

/// The tensor that holds this parameter, checked.
Result<const Tensor*> find_parameter(const Model& model, const ParameterInfo& info, const Safetensors& contents) {
  const auto failed = [&](ErrorCode code, const Message& what) {
    return Error{code, tensor_name(model, info) << what};
  };
  const Tensor* const tensor = contents.find(info.name);
  if (tensor == nullptr) return failed(ErrorCode::bad_format, Message{" "} << info.shape << " is not in the file");
  if (tensor->shape != info.shape)
    return failed(ErrorCode::shape_mismatch, Message{": expected "} << info.shape << ", got " << tensor->shape);
  if (tensor->dtype != "F32")
    return failed(ErrorCode::unsupported, Message{": expected elements of type F32, got "} << tensor->dtype);
  return tensor;
}

bool is_normalization(const Tensor& tensor) noexcept { return tensor.name == shift_name || tensor.name == scale_name; }

/// The tensor of each parameter, if these are all the tensors that there are beside the normalisation's.
Result<std::vector<const Tensor*>> find_parameters(const Model& model, const std::vector<ParameterInfo>& infos,
                                                   const Safetensors& contents) {
  std::vector<const Tensor*> tensors;
  std::vector<bool> used(contents.tensors.size());
  for (const ParameterInfo& info : infos) {
    const Result<const Tensor*> tensor = find_parameter(model, info, contents);
    if (!tensor) return tensor.error();
    used[static_cast<std::size_t>(*tensor - contents.tensors.data())] = true;
    tensors.push_back(*tensor);
  }
  for (std::size_t i = 0; i < used.size(); ++i)
    if (const Tensor& tensor = contents.tensors[i]; !used[i] && !is_normalization(tensor))
      return Error{ErrorCode::bad_format, Message{"tensor "} << shown_text(tensor.name) << " belongs to no layer"};
  return tensors;
}

/// Nothing of the parameters' size is taken before the file is known to hold them all.
Result<void> read_parameters(Model& model, const Safetensors& contents) {
  const Result<std::vector<ParameterInfo>> infos = model.parameter_infos();
  if (!infos) return infos.error();
  const Result<std::vector<const Tensor*>> tensors = find_parameters(model, *infos, contents);
  if (!tensors) return tensors.error();
  std::vector<float> parameters(infos->empty() ? 0 : infos->back().offset + infos->back().elements);
  for (std::size_t i = 0; i < infos->size(); ++i) {
    const std::span<float> values = std::span(parameters).subspan((*infos)[i].offset, (*infos)[i].elements);
    if (const Result<void> read = read_tensor(*(*tensors)[i], values); !read) return read;
  }
  return model.set_parameters(parameters);
}

Result<std::vector<float>> read_constants(const Tensor* tensor, const char* name, const Shape& input) {
  const auto failed = [&](ErrorCode code, const Message& what) {
    return Error{code, Message{"tensor "} << shown_text(name) << what};
  };
  if (input.rank() == 0) return failed(ErrorCode::shape_mismatch, ": the input has no axis");
  if (tensor == nullptr) return failed(ErrorCode::bad_format, " is not in the file, its counterpart is");
  const Shape expected{input[input.rank() - 1]};
  if (tensor->shape != expected)
    return failed(ErrorCode::shape_mismatch,
                  Message{": expected "} << expected << " for an input " << input << ", got " << tensor->shape);
  std::vector<float> constants(expected[0]);
  if (const Result<void> read = read_tensor(*tensor, constants); !read) return read.error();
  return constants;
}

/// Files of models that are not normalised have no such tensors.
Result<void> read_normalization(Model& model, const Safetensors& contents) {
  const Tensor *const shift = contents.find(shift_name), *const scale = contents.find(scale_name);
  if (shift == nullptr && scale == nullptr) return {};
  Result<std::vector<float>> shifts = read_constants(shift, shift_name, model.input());
  if (!shifts) return shifts.error();
  Result<std::vector<float>> scales = read_constants(scale, scale_name, model.input());
  if (!scales) return scales.error();
  return model.set_normalization({std::move(*shifts), std::move(*scales)});
}

/// Files of models whose classes have no names do not mention them.
Result<void> read_class_names(Model& model, const Safetensors& contents) {
  const std::optional<std::string_view> text = contents.find_metadata(classes_key);
  if (!text) return {};
  const auto failed = [](const Message& what) {
    return Error{ErrorCode::bad_format, Message{classes_key} << ": " << what};
  };
  const Result<formats::JsonDocument> document = formats::JsonDocument::parse(*text);
  if (!document) return failed(document.error().message);
  if (document->root().kind() != formats::JsonKind::array) return failed("expected an array of names");
  std::vector<std::string> names;
  for (const formats::JsonValue value : document->root().elements()) {
    const std::optional<std::string_view> name = value.as_string();
    if (!name) return failed(Message{"expected a name, got "} << formats::name(value.kind()));
    names.emplace_back(*name);
  }
  if (const Result<void> set = model.set_class_names(std::move(names)); !set) return failed(set.error().message);
  return {};
}

std::string class_names_json(const Model& model) {
  formats::JsonWriter json;
  json.begin_array();
  for (const std::string& name : model.class_names()) json.value(name);
  return json.end_array().take();
}

Result<Model> parse(formats::Bytes file) {
  const Result<Safetensors> contents = formats::parse_safetensors(file);
  if (!contents) return contents.error();
  const std::optional<std::string_view> description = contents->find_metadata(description_key);
  if (!description) return no_description(*contents);
  Result<Model> model = parse_description(*description);
  if (!model) return Error{model.error().code, Message{description_key} << ": " << model.error().text()};
  if (const Result<void> read = read_parameters(*model, *contents); !read) return read.error();
  if (const Result<void> read = read_normalization(*model, *contents); !read) return read.error();
  if (const Result<void> read = read_class_names(*model, *contents); !read) return read.error();
  return model;
}

Result<std::vector<std::uint8_t>> make(const Model& model) {
  const Result<std::vector<ParameterInfo>> infos = model.parameter_infos();
  if (!infos) return infos.error();
  if (model.parameters().empty() && !infos->empty())
    return Error{ErrorCode::invalid_argument, "the model has no parameters yet: train or initialize it first"};
  std::vector<formats::NewTensor> tensors;
  for (const ParameterInfo& info : *infos)
    tensors.push_back({info.name, info.shape, model.parameters().subspan(info.offset, info.elements)});
  if (const Normalization& normalization = model.normalization(); !normalization.empty()) {
    const Shape places{normalization.shift.size()};
    tensors.push_back({shift_name, places, std::span(normalization.shift)});
    tensors.push_back({scale_name, places, std::span(normalization.scale)});
  }
  formats::Metadata metadata = {{description_key, describe(model)}};
  if (!model.class_names().empty()) metadata.emplace_back(classes_key, class_names_json(model));
  return make_safetensors(tensors, metadata);
}

}  // namespace

Result<std::vector<std::uint8_t>> make_model_file(const Model& model) {
  return base::or_out_of_memory("the model's file", [&] { return make(model); });
}

Result<Model> parse_model_file(formats::Bytes file) {
  return base::or_out_of_memory("the model", [&] { return parse(file); });
}

}  // namespace model

Result<void> save(const Model& model, const std::string& path) {
  const Result<std::vector<std::uint8_t>> file = model::make_model_file(model);
  if (!file)
    return Error{file.error().code, Message{"save "} << formats::shown_path(path) << ": " << file.error().text()};
  return formats::write_file(path, *file);
}

Result<Model> load_model(const std::string& path) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  Result<Model> model = model::parse_model_file(*file);
  if (!model) return formats::in_file(path, model.error());
  return model;
}

}  // namespace treadle
