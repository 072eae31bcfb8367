#include "model/description.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "formats/json.hpp"
#include "formats/json_writer.hpp"
#include "formats/text.hpp"
#include "layers/layers.hpp"

namespace treadle::model {
namespace {

using formats::JsonKind, formats::JsonMember, formats::JsonValue, formats::shown_text;

Error bad(const Message& message, ErrorCode code = ErrorCode::bad_format) noexcept { return {code, message}; }

Error expected(std::string_view what, JsonValue value) noexcept {
  return bad(Message{"expected "} << what << ", got " << name(value.kind()) << " at byte " << value.position()
                                  << " of the description");
}

/// On a machine of 32 bits.
Error no_size(std::uint64_t number) noexcept {
  return bad(Message{} << number << " does not fit into a size of this machine", ErrorCode::too_large);
}

/// Writes each field that it visits.
class FieldWriter {
 public:
  explicit FieldWriter(formats::JsonWriter& json) noexcept : json_(json) {}

  template <class Field>
  void operator()(std::string_view field, const Field& value) {
    json_.key(field);
    write(value);
  }

 private:
  void write(std::size_t value) { json_.value(value); }
  void write(bool value) { json_.value(value); }
  void write(float value) { json_.value(value); }
  void write(Initializer value) { json_.value(layers::name(value)); }
  void write(Padding value) { json_.value(layers::name(value)); }

  formats::JsonWriter& json_;
};

/// Reads each field that it visits from an object, which must have these fields and "type" and no other.
class FieldReader {
 public:
  explicit FieldReader(JsonValue object) : members_(object.members()) {}

  template <class Field>
  void operator()(std::string_view field, Field& value) {
    if (!result_) return;
    const auto member =
        std::find_if(members_.begin(), members_.end(), [&](const JsonMember& m) { return m.key == field; });
    if (member == members_.end()) {
      result_ = bad(Message{"no field "} << shown_text(field));
      return;
    }
    if (const Result<void> read_value = read(member->value, value); !read_value)
      result_ = bad(Message{"field "} << shown_text(field) << ": " << read_value.error().text(),
                    read_value.error().code == ErrorCode::too_large ? ErrorCode::too_large : ErrorCode::bad_format);
    members_.erase(member);
  }

  Result<void> finish() const {
    if (!result_) return result_;
    for (const JsonMember& member : members_)
      if (member.key != "type") return bad(Message{"unknown field "} << shown_text(member.key));
    return {};
  }

 private:
  static Result<void> read(JsonValue json, std::size_t& value) {
    const std::optional<std::uint64_t> number = json.as_unsigned();
    if (!number) return expected("a whole number that fits into a size of this machine", json);
    if (*number > SIZE_MAX) return no_size(*number);
    value = static_cast<std::size_t>(*number);
    return {};
  }
  static Result<void> read(JsonValue json, bool& value) {
    const std::optional<bool> boolean = json.as_boolean();
    if (!boolean) return expected("true or false", json);
    value = *boolean;
    return {};
  }
  static Result<void> read(JsonValue json, float& value) {
    const std::optional<float> number = json.as_real<float>();
    if (!number) return expected("a number in float32's range", json);
    value = *number;
    return {};
  }
  static Result<void> read(JsonValue json, Initializer& value) {
    return read_name(json, "the name of an initializer", layers::parse_initializer, value);
  }
  static Result<void> read(JsonValue json, Padding& value) {
    return read_name(json, "the name of a padding", layers::parse_padding, value);
  }
  template <class Named>
  static Result<void> read_name(JsonValue json, std::string_view what,
                                Result<Named> (*parse)(std::string_view) noexcept, Named& value) {
    const std::optional<std::string_view> text = json.as_string();
    if (!text) return expected(what, json);
    // Cut, so that the error has room for the names that there are, all of which are shorter.
    const Result<Named> named = parse(text->substr(0, 40));
    if (!named) return named.error();
    value = *named;
    return {};
  }

  std::vector<JsonMember> members_;
  Result<void> result_;
};

/// A layer of this type, its fields at their defaults; nothing when the variant has no such type.
template <class... Layers>
std::optional<Layer> layer_of_type(std::string_view type, const std::variant<Layers...>*) {
  std::optional<Layer> layer;
  ((Layers::type == type ? static_cast<void>(layer = Layers{}) : static_cast<void>(0)), ...);
  return layer;
}

template <class... Layers>
Message known_types(const std::variant<Layers...>*) {
  Message known;
  ((known << (known.text().empty() ? "" : ", ") << Layers::type), ...);
  return known;
}

Result<Layer> read_layer(JsonValue json) {
  constexpr const Layer* any = nullptr;
  if (json.kind() != JsonKind::object) return expected("an object", json);
  const std::optional<JsonValue> type = json.find("type");
  if (!type) return bad("no field \"type\"");
  if (!type->as_string()) return expected("a string as type", *type);
  std::optional<Layer> layer = layer_of_type(*type->as_string(), any);
  if (!layer)
    return bad(Message{"unknown type "} << shown_text(*type->as_string()) << "; expected one of " << known_types(any),
               ErrorCode::unsupported);
  FieldReader reader{json};
  std::visit([&](auto& description) { layers::visit_fields(description, reader); }, *layer);
  if (const Result<void> read = reader.finish(); !read)
    return bad(Message{"("} << type_name(*layer) << "): " << read.error().text(), read.error().code);
  return *layer;
}

Result<Shape> read_input(JsonValue json) {
  if (json.kind() != JsonKind::array) return expected("an array as input", json);
  const std::vector<JsonValue> elements = json.elements();
  if (elements.size() > Shape::max_rank)
    return bad(
        Message{"an input of "} << elements.size() << " extents, at most " << Shape::max_rank << " are supported",
        ErrorCode::unsupported);
  std::array<std::size_t, Shape::max_rank> extents{};
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::optional<std::uint64_t> extent = elements[i].as_unsigned();
    if (!extent) return expected("whole numbers as input", elements[i]);
    if (*extent > SIZE_MAX) return bad(Message{"input: "} << no_size(*extent).text(), ErrorCode::too_large);
    extents[i] = static_cast<std::size_t>(*extent);
  }
  return Shape{std::span<const std::size_t>(extents.data(), elements.size())};
}

Result<void> check_format(JsonValue root) {
  const std::optional<JsonValue> format = root.find("format");
  if (!format) return bad("no \"format\" in the description");
  const std::optional<std::uint64_t> number = format->as_unsigned();
  if (!number || *number == 0) return expected("a whole number from 1 as format", *format);
  if (*number > description_format)
    return bad(Message{"format "} << *number << " is newer than this library, which reads up to " << description_format,
               ErrorCode::unsupported);
  return {};
}

Result<Model> read_model(JsonValue root) {
  if (root.kind() != JsonKind::object) return expected("an object", root);
  if (const Result<void> format = check_format(root); !format) return format.error();
  for (const JsonMember& member : root.members())
    if (member.key != "format" && member.key != "input" && member.key != "layers")
      return bad(Message{"unknown member "} << shown_text(member.key) << " in the description");
  const std::optional<JsonValue> input = root.find("input"), list = root.find("layers");
  if (!input || !list) return bad(Message{"no "} << (input ? "\"layers\"" : "\"input\"") << " in the description");
  const Result<Shape> shape = read_input(*input);
  if (!shape) return shape.error();
  if (list->kind() != JsonKind::array) return expected("an array as layers", *list);
  std::vector<Layer> all;
  for (JsonValue element : list->elements()) {
    const Result<Layer> layer = read_layer(element);
    if (!layer) return bad(Message{"layer "} << all.size() << ": " << layer.error().text(), layer.error().code);
    all.push_back(*layer);
  }
  return Model{*shape, std::move(all)};
}

}  // namespace

std::string describe(const ModelView& model) {
  formats::JsonWriter json;
  json.begin_object().key("format").value(description_format).key("input").begin_array();
  for (std::size_t extent : model.input.extents()) json.value(extent);
  json.end_array().key("layers").begin_array();
  for (const Layer& layer : model.layers) {
    json.begin_object().key("type").value(type_name(layer));
    std::visit([&](const auto& description) { layers::visit_fields(description, FieldWriter{json}); }, layer);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

Result<Model> parse_description(std::string_view json) {
  const Result<formats::JsonDocument> document = formats::JsonDocument::parse(json);
  if (!document) return document.error();
  return read_model(document->root());
}

}  // namespace treadle::model
