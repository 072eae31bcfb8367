// Reading JSON (RFC 8259) that nobody vouches for: strict, of bounded depth, duplicate names refused.
#pragma once

#include <treadle/result.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::formats {

class JsonDocument;
struct JsonMember;

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

/// "null", "a boolean", "a number", "a string", "an array" or "an object".
std::string_view name(JsonKind kind) noexcept;

/// One value of a document, valid as long as the document stays where it is. Cheap to copy.
class JsonValue {
 public:
  JsonValue(const JsonDocument& document, std::size_t node) noexcept : document_(&document), node_(node) {}

  JsonKind kind() const noexcept;
  /// Where it begins in the text (or file, see JsonDocument::parse()).
  std::size_t position() const noexcept;

  // Each gives the value if it is of that kind, else nothing.
  std::optional<bool> as_boolean() const noexcept;
  /// Only numbers without sign, point and exponent that fit.
  std::optional<std::uint64_t> as_unsigned() const noexcept;
  /// The nearest float or double; nothing when the number is out of its range.
  template <std::floating_point F>
  std::optional<F> as_real() const noexcept {
    const std::string_view digits = kind() == JsonKind::number ? text() : "";
    F value{};
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) return {};
    return value;
  }
  std::optional<std::string_view> as_string() const noexcept;

  /// The elements of an array; none for other kinds.
  std::vector<JsonValue> elements() const;
  /// The members of an object as they are written; none for other kinds.
  std::vector<JsonMember> members() const;
  /// The value of the object's member of this name; nothing for other kinds.
  std::optional<JsonValue> find(std::string_view key) const noexcept;

 private:
  std::string_view text() const noexcept;

  const JsonDocument* document_;
  std::size_t node_;
};

struct JsonMember {
  std::string_view key;
  JsonValue value;
};

/// A parsed text: its values one after another as they are written, 20 bytes each. Numbers and strings stay in the
/// text, which must outlive the document.
class JsonDocument {
 public:
  /// Arrays and objects inside one another.
  static constexpr std::size_t max_depth = 64;
  /// Values and names, so that 100 MB of brackets cannot take gigabytes.
  static constexpr std::size_t max_nodes = 4'000'000;

  /// Takes one JSON value in UTF-8 with nothing but white space around it. Anything else is `bad_format` with the byte
  /// where it goes wrong, counted from `first_byte`; what exceeds a limit above is `too_large`.
  static Result<JsonDocument> parse(std::string_view text, std::size_t first_byte = 0);

  JsonValue root() const noexcept { return {*this, 0}; }

 private:
  friend class JsonValue;
  friend class JsonParser;

  /// A value, or the name of a member, which comes before its value.
  struct Node {
    std::uint32_t position = 0;  // of its first byte in text_
    std::uint32_t begin = 0;     // of a number, or of a string without its quotes; in unescaped_ if it had escapes
    std::uint32_t size = 0;
    std::uint32_t next = 0;  // the node after this one and all that is in it
    JsonKind kind = JsonKind::null;
    bool escaped = false;
  };

  explicit JsonDocument(std::string_view text, std::size_t first_byte) noexcept
      : text_(text), first_byte_(first_byte) {}
  std::string_view text_of(const Node& node) const noexcept {
    return (node.escaped ? std::string_view{unescaped_} : text_).substr(node.begin, node.size);
  }

  std::string_view text_;
  std::size_t first_byte_;
  std::string unescaped_;
  std::vector<Node> nodes_;
};

}  // namespace treadle::formats
