#include "formats/json.hpp"

namespace treadle::formats {

std::string_view name(JsonKind kind) noexcept {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return "nothing known";
}

JsonKind JsonValue::kind() const noexcept { return document_->nodes_[node_].kind; }

std::size_t JsonValue::position() const noexcept { return document_->first_byte_ + document_->nodes_[node_].position; }

std::string_view JsonValue::text() const noexcept { return document_->text_of(document_->nodes_[node_]); }

std::optional<bool> JsonValue::as_boolean() const noexcept {
  if (kind() != JsonKind::boolean) return {};
  return text() == "true";
}

std::optional<std::uint64_t> JsonValue::as_unsigned() const noexcept {
  const std::string_view digits = kind() == JsonKind::number ? text() : "";
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

std::optional<std::string_view> JsonValue::as_string() const noexcept {
  if (kind() != JsonKind::string) return {};
  return text();
}

std::vector<JsonValue> JsonValue::elements() const {
  std::vector<JsonValue> all;
  const auto& nodes = document_->nodes_;
  if (nodes[node_].kind != JsonKind::array) return all;
  for (std::size_t i = node_ + 1; i < nodes[node_].next; i = nodes[i].next) all.emplace_back(*document_, i);
  return all;
}

std::vector<JsonMember> JsonValue::members() const {
  std::vector<JsonMember> all;
  const auto& nodes = document_->nodes_;
  if (nodes[node_].kind != JsonKind::object) return all;
  for (std::size_t i = node_ + 1; i < nodes[node_].next; i = nodes[i + 1].next)
    all.push_back({document_->text_of(nodes[i]), JsonValue{*document_, i + 1}});
  return all;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const noexcept {
  const auto& nodes = document_->nodes_;
  if (nodes[node_].kind != JsonKind::object) return {};
  for (std::size_t i = node_ + 1; i < nodes[node_].next; i = nodes[i + 1].next)
    if (document_->text_of(nodes[i]) == key) return JsonValue{*document_, i + 1};
  return {};
}

}  // namespace treadle::formats
