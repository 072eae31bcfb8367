#include <algorithm>
#include <exception>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "formats/json_writer.hpp"
#include "formats/little_endian.hpp"
#include "formats/safetensors.hpp"
#include "formats/text.hpp"

namespace treadle::formats {
namespace {

constexpr std::string_view metadata_name = "__metadata__";

std::size_t count(const NewTensor& tensor) noexcept {
  return std::visit([](const auto& values) { return values.size(); }, tensor.values);
}

TensorHead head_of(const NewTensor& tensor) {
  const bool is_float = std::holds_alternative<std::span<const float>>(tensor.values);
  const std::size_t bytes = std::visit([](const auto& values) { return values.size_bytes(); }, tensor.values);
  return {std::string(tensor.name), is_float ? "F32" : "I32", tensor.shape, bytes};
}

Error bad(const NewTensor& tensor, const Message& what, ErrorCode code = ErrorCode::invalid_argument) noexcept {
  return {code, Message{"safetensors: tensor "} << shown_text(tensor.name) << ": " << what};
}

Result<void> check_unique(std::vector<std::string_view> names, std::string_view what) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return Error{ErrorCode::invalid_argument,
               Message{"safetensors: two "} << what << " with the name " << shown_text(*twice)};
}

Result<void> check_names(std::span<const TensorHead> tensors, const Metadata& metadata) {
  std::vector<std::string_view> names;
  for (const TensorHead& tensor : tensors) {
    if (tensor.name == metadata_name)
      return Error{ErrorCode::invalid_argument,
                   Message{"safetensors: tensor "} << shown_text(tensor.name) << ": the name is reserved"};
    names.push_back(tensor.name);
  }
  if (const Result<void> unique = check_unique(std::move(names), "tensors"); !unique) return unique;
  std::vector<std::string_view> keys;
  for (const auto& [key, text] : metadata) keys.push_back(key);
  return check_unique(std::move(keys), "metadata texts");
}

Result<void> check(std::span<const NewTensor> tensors) {
  for (const NewTensor& tensor : tensors) {
    const Result<std::size_t> elements = tensor.shape.elements();
    if (!elements) return bad(tensor, elements.error().message, elements.error().code);
    if (*elements != count(tensor))
      return bad(tensor, Message{} << tensor.shape << " for " << count(tensor) << " values", ErrorCode::shape_mismatch);
  }
  return {};
}

std::string header_text(std::span<const TensorHead> tensors, const Metadata& metadata) {
  JsonWriter json;
  json.begin_object();
  if (!metadata.empty()) {
    json.key(metadata_name).begin_object();
    for (const auto& [key, text] : metadata) json.key(key).value(text);
    json.end_object();
  }
  std::size_t begin = 0;
  for (const TensorHead& tensor : tensors) {
    json.key(tensor.name).begin_object().key("dtype").value(tensor.dtype).key("shape").begin_array();
    for (std::size_t extent : tensor.shape.extents()) json.value(extent);
    const std::size_t end = begin + tensor.bytes;
    json.end_array().key("data_offsets").begin_array().value(begin).value(end).end_array().end_object();
    begin = end;
  }
  std::string header = json.end_object().take();
  header.resize(base::round_up(header.size(), 8), ' ');
  return header;
}

Result<std::vector<std::uint8_t>> make_header(std::span<const TensorHead> tensors, const Metadata& metadata) {
  if (const Result<void> checked = check_names(tensors, metadata); !checked) return checked.error();
  const std::string header = header_text(tensors, metadata);
  if (header.size() > max_safetensors_header)
    return Error{ErrorCode::too_large, Message{"safetensors: a header of "} << header.size() << " bytes, at most "
                                                                            << max_safetensors_header
                                                                            << " are allowed"};
  std::vector<std::uint8_t> bytes(8 + header.size());
  store_little_endian(std::uint64_t{header.size()}, bytes.data());
  std::copy(header.begin(), header.end(), bytes.begin() + 8);
  return bytes;
}

Result<std::vector<std::uint8_t>> make(std::span<const NewTensor> tensors, const Metadata& metadata) {
  std::vector<TensorHead> heads;
  for (const NewTensor& tensor : tensors) heads.push_back(head_of(tensor));
  Result<std::vector<std::uint8_t>> file = make_header(heads, metadata);
  if (!file) return file;
  base::CheckedSize size{file->size()};
  for (const TensorHead& tensor : heads) size += tensor.bytes;
  if (!size.valid()) return size.value("safetensors: the size of the file").error();
  std::size_t to = file->size();
  file->resize(size.saturated());
  const auto append = [&](const auto& values) {
    for (const auto value : values) {
      store_little_endian(value, file->data() + to);
      to += sizeof value;
    }
  };
  for (const NewTensor& tensor : tensors) std::visit(append, tensor.values);
  return file;
}

}  // namespace

Result<std::vector<std::uint8_t>> make_safetensors_header(std::span<const TensorHead> tensors,
                                                          const Metadata& metadata) {
  return base::or_out_of_memory("safetensors", [&] { return make_header(tensors, metadata); });
}

Result<std::vector<std::uint8_t>> make_safetensors(std::span<const NewTensor> tensors, const Metadata& metadata) {
  try {
    if (const Result<void> checked = check(tensors); !checked) return checked.error();
    return make(tensors, metadata);
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, "safetensors: not enough memory for the file"};
  }
}

}  // namespace treadle::formats
