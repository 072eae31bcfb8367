#include "report/json_fields.hpp"

#include <limits>

namespace treadle::reporting {

using formats::JsonDocument;
using formats::JsonKind;
using formats::JsonValue;

Error wrong(JsonValue place, const Message& expected) {
  return Error{ErrorCode::bad_format,
               Message{"byte "} << place.position() << ": " << expected << ", got " << formats::name(place.kind())};
}

Result<JsonDocument> parse_object(std::string_view text) {
  Result<JsonDocument> document = JsonDocument::parse(text);
  if (document && document->root().kind() != JsonKind::object) return wrong(document->root(), "expected an object");
  return document;
}

void Fields::fail(JsonValue place, const Message& expected) noexcept {
  if (!problem_) problem_ = wrong(place, expected);
}

std::optional<JsonValue> Fields::need(std::string_view name) noexcept {
  const std::optional<JsonValue> value = object_.find(name);
  if (!value && !problem_)
    problem_ = Error{ErrorCode::bad_format, Message{"expected an object with \""} << name << "\""};
  return value;
}

void Fields::whole(std::string_view name, std::uint64_t& target) {
  const std::optional<JsonValue> value = need(name);
  if (!value) return;
  const std::optional<std::uint64_t> number = value->as_unsigned();
  if (!number) return fail(*value, Message{"expected \""} << name << "\" to be a whole number that fits");
  target = *number;
}

void Fields::maybe_whole(std::string_view name, std::uint64_t& target) {
  if (object_.find(name)) whole(name, target);
}

void Fields::real(std::string_view name, double& target) {
  const std::optional<JsonValue> value = need(name);
  if (!value) return;
  std::optional<double> number = value->as_real<double>();
  if (value->kind() == JsonKind::null) number = std::numeric_limits<double>::quiet_NaN();
  if (!number) return fail(*value, Message{"expected \""} << name << "\" to be a number that fits, or null");
  target = *number;
}

void Fields::maybe_real(std::string_view name, std::optional<double>& target) {
  const std::optional<JsonValue> value = object_.find(name);
  if (!value || value->kind() == JsonKind::null) return;
  target = value->as_real<double>();
  if (!target) fail(*value, Message{"expected \""} << name << "\" to be a number that fits, or null");
}

void Fields::text(std::string_view name, std::string& target) {
  const std::optional<JsonValue> value = need(name);
  if (!value) return;
  const std::optional<std::string_view> text = value->as_string();
  if (!text) return fail(*value, Message{"expected \""} << name << "\" to be a string");
  target = *text;
}

std::optional<JsonValue> Fields::need_array(std::string_view name) noexcept {
  std::optional<JsonValue> value = need(name);
  if (!value || value->kind() == JsonKind::array) return value;
  fail(*value, Message{"expected \""} << name << "\" to be an array");
  return std::nullopt;
}

void Fields::wholes(std::string_view name, std::vector<std::uint64_t>& target) {
  const std::optional<JsonValue> value = need_array(name);
  if (!value) return;
  for (const JsonValue element : value->elements()) {
    const std::optional<std::uint64_t> number = element.as_unsigned();
    if (!number) return fail(element, Message{"expected \""} << name << "\" to have whole numbers that fit");
    target.push_back(*number);
  }
}

void Fields::texts(std::string_view name, std::vector<std::string>& target) {
  const std::optional<JsonValue> value = need_array(name);
  if (!value) return;
  for (const JsonValue element : value->elements()) {
    const std::optional<std::string_view> text = element.as_string();
    if (!text) return fail(element, Message{"expected \""} << name << "\" to have strings");
    target.emplace_back(*text);
  }
}

}  // namespace treadle::reporting
