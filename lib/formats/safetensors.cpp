#include "formats/safetensors.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <tuple>

#include "base/checked.hpp"
#include "formats/json.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"

namespace treadle::formats {
namespace {

struct ElementType {
  std::string_view name;
  std::size_t bytes;
};

/// Every element type of whole bytes that the format has.
constexpr ElementType element_types[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
    {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},     {"I32", 4},
    {"F32", 4},  {"U64", 8}, {"I64", 8}, {"F64", 8},     {"C64", 8},
};

/// A tensor with its place in the data.
struct PlacedTensor {
  Tensor tensor;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Error bad(const Message& message, ErrorCode code = ErrorCode::bad_format) noexcept {
  return {code, Message{"safetensors: "} << message};
}

/// Reads the entry of one tensor.
class EntryReader {
 public:
  explicit EntryReader(const JsonMember& entry) noexcept : entry_(entry) {}

  Result<PlacedTensor> read() const {
    if (entry_.value.kind() != JsonKind::object)
      return wrong(entry_.value, Message{"expected an object, got "} << name(entry_.value.kind()));
    for (const JsonMember& member : entry_.value.members())
      if (member.key != "dtype" && member.key != "shape" && member.key != "data_offsets")
        return wrong(member.value, Message{"unknown member "} << shown_text(member.key));
    PlacedTensor placed;
    placed.tensor.name = entry_.key;
    const Result<std::size_t> element_bytes = read_type(placed.tensor);
    if (!element_bytes) return element_bytes.error();
    if (const Result<void> shape = read_shape(placed.tensor); !shape) return shape.error();
    if (const Result<void> offsets = read_offsets(placed); !offsets) return offsets.error();
    if (const Result<void> size = check_size(placed, *element_bytes); !size) return size.error();
    return placed;
  }

 private:
  Error wrong(JsonValue where, const Message& what, ErrorCode code = ErrorCode::bad_format) const noexcept {
    return bad(Message{"tensor "} << shown_text(entry_.key) << ": " << what << " at byte " << where.position(), code);
  }

  Result<std::size_t> read_type(Tensor& tensor) const {
    const std::optional<JsonValue> dtype = entry_.value.find("dtype");
    if (!dtype) return wrong(entry_.value, "no dtype in the object");
    const std::optional<std::string_view> text = dtype->as_string();
    if (!text) return wrong(*dtype, Message{"expected a string as dtype, got "} << name(dtype->kind()));
    const auto* const type = std::find_if(std::begin(element_types), std::end(element_types),
                                          [&](const ElementType& known) { return known.name == *text; });
    if (type == std::end(element_types)) return wrong(*dtype, Message{"unknown dtype "} << shown_text(*text));
    tensor.dtype = type->name;
    return type->bytes;
  }

  Result<void> read_shape(Tensor& tensor) const {
    const std::optional<JsonValue> shape = entry_.value.find("shape");
    if (!shape) return wrong(entry_.value, "no shape in the object");
    if (shape->kind() != JsonKind::array)
      return wrong(*shape, Message{"expected an array as shape, got "} << name(shape->kind()));
    const std::vector<JsonValue> elements = shape->elements();
    if (elements.size() > Shape::max_rank)
      return wrong(*shape, Message{} << elements.size() << " extents, at most " << Shape::max_rank << " are supported",
                   ErrorCode::unsupported);
    std::array<std::size_t, Shape::max_rank> extents{};
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const Result<std::size_t> extent = read_size(elements[i], "extent");
      if (!extent) return extent.error();
      extents[i] = *extent;
    }
    tensor.shape = Shape{std::span<const std::size_t>(extents.data(), elements.size())};
    return {};
  }

  Result<void> read_offsets(PlacedTensor& placed) const {
    const std::optional<JsonValue> offsets = entry_.value.find("data_offsets");
    if (!offsets) return wrong(entry_.value, "no data_offsets in the object");
    const std::vector<JsonValue> pair = offsets->elements();
    if (pair.size() != 2) return wrong(*offsets, "expected an array of two as data_offsets");
    const Result<std::size_t> begin = read_size(pair[0], "offset");
    if (!begin) return begin.error();
    const Result<std::size_t> end = read_size(pair[1], "offset");
    if (!end) return end.error();
    if (*begin > *end)
      return wrong(*offsets, Message{"data_offsets ["} << *begin << ", " << *end << "] end before they begin");
    placed.begin = *begin;
    placed.end = *end;
    return {};
  }

  Result<std::size_t> read_size(JsonValue value, std::string_view what) const {
    const std::optional<std::uint64_t> number = value.as_unsigned();
    if (!number) return wrong(value, Message{"expected a whole number as "} << what);
    if (*number > SIZE_MAX)
      return wrong(value, Message{what} << ' ' << *number << " is too large", ErrorCode::too_large);
    return static_cast<std::size_t>(*number);
  }

  Result<void> check_size(const PlacedTensor& placed, std::size_t element_bytes) const {
    base::CheckedSize bytes{element_bytes};
    for (std::size_t extent : placed.tensor.shape.extents()) bytes *= extent;
    const Message what = Message{} << placed.tensor.dtype << ' ' << placed.tensor.shape;
    if (!bytes.valid())
      return wrong(entry_.value, Message{} << what << " does not fit into a size of this machine",
                   ErrorCode::too_large);
    if (bytes.saturated() != placed.end - placed.begin)
      return wrong(entry_.value, Message{} << what << " takes " << bytes.saturated() << " bytes, its data_offsets ["
                                           << placed.begin << ", " << placed.end << "] hold "
                                           << placed.end - placed.begin);
    return {};
  }

  const JsonMember& entry_;
};

Result<void> read_metadata(JsonValue value, Metadata& metadata) {
  if (value.kind() != JsonKind::object)
    return bad(Message{"expected an object as __metadata__ at byte "} << value.position());
  for (const JsonMember& member : value.members()) {
    const std::optional<std::string_view> text = member.value.as_string();
    if (!text)
      return bad(Message{"expected a string as metadata "} << shown_text(member.key) << " at byte "
                                                           << member.value.position());
    metadata.emplace_back(member.key, *text);
  }
  return {};
}

/// The tensors must cover the data from the first byte to the last, each byte once.
Result<void> place_in(Bytes data, std::vector<PlacedTensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const PlacedTensor& a, const PlacedTensor& b) {
    return std::tie(a.begin, a.end, a.tensor.name) < std::tie(b.begin, b.end, b.tensor.name);
  });
  std::size_t covered = 0;
  for (PlacedTensor& placed : tensors) {
    const Message which = Message{"tensor "} << shown_text(placed.tensor.name) << ": data_offsets [" << placed.begin
                                             << ", " << placed.end << ']';
    if (placed.end > data.size()) return bad(Message{which} << " go beyond the " << data.size() << " bytes of data");
    if (placed.begin < covered) return bad(Message{which} << " overlap another tensor, which ends at " << covered);
    if (placed.begin > covered) return bad(Message{which} << " leave a hole that begins at " << covered);
    placed.tensor.bytes = data.subspan(placed.begin, placed.end - placed.begin);
    covered = placed.end;
  }
  if (covered != data.size())
    return bad(Message{} << data.size() - covered << " bytes of data after the last tensor, from " << covered << " on");
  return {};
}

Result<std::string_view> find_header(Bytes file) {
  if (file.size() < 8)
    return bad(Message{"the length of the header at byte 0 needs 8 bytes, the file has "} << file.size());
  const std::uint64_t length = load_little_endian<std::uint64_t>(file.data());
  if (length > max_safetensors_header)
    return bad(
        Message{"byte 0 says a header of "} << length << " bytes, at most " << max_safetensors_header << " are allowed",
        ErrorCode::too_large);
  if (length > file.size() - 8)
    return bad(Message{"byte 0 says a header of "} << length << " bytes, the file has only " << file.size() - 8
                                                   << " after it");
  const std::string_view header{reinterpret_cast<const char*>(file.data()) + 8, static_cast<std::size_t>(length)};
  if (header.empty() || header[0] != '{') return bad("expected \"{\" at byte 8");
  return header;
}

Result<Safetensors> parse(Bytes file) {
  const Result<std::string_view> header = find_header(file);
  if (!header) return header.error();
  const Result<JsonDocument> document = JsonDocument::parse(*header, 8);
  if (!document) return bad(document.error().message, document.error().code);
  Safetensors contents;
  std::vector<PlacedTensor> placed;
  for (const JsonMember& member : document->root().members()) {
    if (member.key == "__metadata__") {
      if (const Result<void> read = read_metadata(member.value, contents.metadata); !read) return read.error();
      continue;
    }
    Result<PlacedTensor> tensor = EntryReader{member}.read();
    if (!tensor) return tensor.error();
    placed.push_back(std::move(*tensor));
  }
  if (const Result<void> fits = place_in(file.subspan(8 + header->size()), placed); !fits) return fits.error();
  for (PlacedTensor& tensor : placed) contents.tensors.push_back(std::move(tensor.tensor));
  std::sort(contents.tensors.begin(), contents.tensors.end(),
            [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
  return contents;
}

template <class T>
Result<void> read_as(std::string_view dtype, const Tensor& tensor, std::span<T> out) {
  if (tensor.dtype != dtype)
    return Error{ErrorCode::unsupported, Message{"tensor "} << shown_text(tensor.name) << " has elements of type "
                                                            << tensor.dtype << ", only " << dtype
                                                            << " can be read here"};
  if (tensor.bytes.size() != out.size_bytes())
    return Error{ErrorCode::shape_mismatch, Message{"tensor "} << shown_text(tensor.name) << " has the shape "
                                                               << tensor.shape << ", expected " << out.size()
                                                               << " elements"};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = load_little_endian<T>(tensor.bytes.data() + i * sizeof(T));
  return {};
}

}  // namespace

const Tensor* Safetensors::find(std::string_view name) const noexcept {
  const auto found = std::lower_bound(tensors.begin(), tensors.end(), name,
                                      [](const Tensor& tensor, std::string_view text) { return tensor.name < text; });
  return found != tensors.end() && found->name == name ? &*found : nullptr;
}

std::optional<std::string_view> Safetensors::find_metadata(std::string_view key) const noexcept {
  for (const auto& [name, text] : metadata)
    if (name == key) return text;
  return {};
}

Result<Safetensors> parse_safetensors(Bytes file) {
  try {
    return parse(file);
  } catch (const std::exception&) {
    return bad("not enough memory for the header", ErrorCode::out_of_memory);
  }
}

Result<void> read_tensor(const Tensor& tensor, std::span<float> out) { return read_as("F32", tensor, out); }

Result<void> read_tensor(const Tensor& tensor, std::span<std::int32_t> out) { return read_as("I32", tensor, out); }

}  // namespace treadle::formats
