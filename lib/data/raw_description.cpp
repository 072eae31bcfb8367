#include "data/raw_description.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "data/csv_dataset.hpp"
#include "formats/json.hpp"
#include "formats/text.hpp"

namespace treadle::data {
namespace {

using formats::JsonKind, formats::JsonValue, formats::NumberType, formats::shown_text;

constexpr std::array<std::string_view, 10> known_fields = {"format", "features",   "type",    "shape", "samples",
                                                           "labels", "label_type", "classes", "scale", "offset"};

constexpr std::string_view label_types = "uint8, int32 or another type of whole numbers, or bool, in quotes",
                           value_types =
                               "uint8, int16, float32 or another type of numbers as NumPy calls it, in quotes";

Error wrong(std::string_view field, std::string_view expected, JsonValue value) noexcept {
  return {ErrorCode::bad_format,
          Message{"field \""} << field << "\" at byte " << value.position() << ": expected " << expected};
}

/// The fields of the object, each asked for by name.
class Fields {
 public:
  explicit Fields(JsonValue object) noexcept : object_(object) {}

  Result<void> check_names() const {
    if (object_.kind() != JsonKind::object)
      return Error{ErrorCode::bad_format, Message{"expected an object, got "} << name(object_.kind())};
    for (const formats::JsonMember& member : object_.members())
      if (std::find(known_fields.begin(), known_fields.end(), member.key) == known_fields.end())
        return Error{ErrorCode::bad_format, Message{"unknown field "} << shown_text(member.key)};
    return {};
  }

  bool any_of(std::initializer_list<std::string_view> names) const {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return object_.find(name); });
  }

  Result<JsonValue> need(std::string_view field) const {
    const std::optional<JsonValue> value = object_.find(field);
    if (value) return *value;
    return Error{ErrorCode::bad_format, Message{"no field \""} << field << '"'};
  }

  Result<std::size_t> whole(std::string_view field, std::size_t least, std::size_t most) const {
    const Result<JsonValue> value = need(field);
    if (!value) return value.error();
    const std::optional<std::uint64_t> number = value->as_unsigned();
    if (number && *number >= least && *number <= most) return static_cast<std::size_t>(*number);
    return wrong(field, (Message{"a whole number in "} << least << " ... " << most).text(), *value);
  }

  Result<std::string> file_name(std::string_view field) const {
    const Result<JsonValue> value = need(field);
    if (!value) return value.error();
    const std::optional<std::string_view> text = value->as_string();
    if (text && !text->empty() && text->find('\0') == std::string_view::npos) return std::string(*text);
    return wrong(field, "the name of a file", *value);
  }

  /// A type that `fits`; `expected` says which do.
  Result<NumberType> type(std::string_view field, bool (*fits)(NumberType), std::string_view expected) const {
    const Result<JsonValue> value = need(field);
    if (!value) return value.error();
    const std::optional<std::string_view> word = value->as_string();
    const std::optional<NumberType> type = word ? formats::number_type(*word) : std::nullopt;
    return type && fits(*type) ? Result<NumberType>{*type} : wrong(field, expected, *value);
  }

  Result<float> real(std::string_view field, float otherwise) const {
    const std::optional<JsonValue> value = object_.find(field);
    if (!value) return otherwise;
    const std::optional<float> number = value->as_real<float>();
    if (number && std::isfinite(*number)) return *number;
    return wrong(field, "a number in float32's range", *value);
  }

  Result<Shape> shape(std::string_view field) const {
    const Result<JsonValue> value = need(field);
    if (!value) return value.error();
    std::array<std::size_t, Shape::max_rank> extents{};
    const std::vector<JsonValue> elements = value->elements();
    if (elements.empty() || elements.size() > extents.size())
      return wrong(field, "an array of 1 ... 6 extents of a sample", *value);
    for (std::size_t axis = 0; axis < elements.size(); ++axis) {
      const std::optional<std::uint64_t> extent = elements[axis].as_unsigned();
      if (!extent || *extent == 0) return wrong(field, "extents of at least 1", elements[axis]);
      if (*extent > SIZE_MAX)
        return Error{ErrorCode::too_large, Message{"field \""} << field << "\": extent " << *extent
                                                               << " does not fit into a size of this machine"};
      extents[axis] = static_cast<std::size_t>(*extent);
    }
    return Shape{std::span<const std::size_t>(extents).first(elements.size())};
  }

 private:
  JsonValue object_;
};

/// Assigns a result's value, or keeps its error.
class Keep {
 public:
  template <class T, class Target>
  void operator()(const Result<T>& result, Target&& assign) {
    if (!error_ && !result) error_ = result.error();
    if (!error_) assign(*result);
  }
  const std::optional<Error>& error() const noexcept { return error_; }

 private:
  std::optional<Error> error_;
};

Result<RawDescription> parse(std::string_view text) {
  const Result<formats::JsonDocument> document = formats::JsonDocument::parse(text);
  if (!document) return document.error();
  const Fields fields(document->root());
  if (const Result<void> known = fields.check_names(); !known) return known.error();
  RawDescription raw;
  Keep keep;
  keep(fields.whole("format", 1, 1), [](std::size_t) {});
  keep(fields.file_name("features"), [&](const std::string& name) { raw.features = name; });
  keep(fields.type(
           "type", [](NumberType) { return true; }, value_types),
       [&](NumberType type) { raw.type = type; });
  keep(fields.shape("shape"), [&](const Shape& shape) { raw.info.shape = shape; });
  keep(fields.whole("samples", 1, UINT32_MAX), [&](std::size_t samples) { raw.info.size = samples; });
  raw.info.classes = 1;
  if (fields.any_of({"labels", "label_type", "classes"})) {
    keep(fields.file_name("labels"), [&](const std::string& name) { raw.labels = name; });
    keep(fields.type("label_type", formats::is_whole, label_types), [&](NumberType type) { raw.label_type = type; });
    keep(fields.whole("classes", 1, max_classes), [&](std::size_t classes) { raw.info.classes = classes; });
  }
  const bool floats = raw.type != NumberType::uint8;
  raw.info.type = floats ? ElementType::float32 : ElementType::uint8;
  Scaling scaling = floats ? raw.info.scaling : Scaling{};
  keep(fields.real("scale", scaling.scale), [&](float scale) { scaling.scale = scale; });
  keep(fields.real("offset", scaling.offset), [&](float offset) { scaling.offset = offset; });
  if (keep.error()) return *keep.error();
  if (!floats)
    raw.info.scaling = scaling;
  else if (fields.any_of({"scale", "offset"}))
    raw.scaling = scaling;
  if (const Result<std::size_t> each = raw.info.sample_bytes(); !each) return each.error();
  const std::uint64_t values = *raw.info.shape.elements();
  if (__builtin_mul_overflow(values, bytes_of(raw.type), &raw.feature_bytes) ||
      __builtin_mul_overflow(raw.feature_bytes, std::uint64_t{raw.info.size}, &raw.feature_bytes) ||
      raw.feature_bytes > INT64_MAX)
    return Error{ErrorCode::too_large,
                 Message{} << raw.info.size << " samples of " << raw.info.shape << " are more than a file can hold"};
  if (!raw.labels.empty()) raw.label_bytes = std::uint64_t{bytes_of(raw.label_type)} * raw.info.size;
  return raw;
}

}  // namespace

Result<RawDescription> parse_raw_description(std::string_view text) {
  return base::or_out_of_memory("raw description", [&] { return parse(text); });
}

}  // namespace treadle::data
