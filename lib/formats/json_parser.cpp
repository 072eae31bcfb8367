#include <algorithm>
#include <exception>

#include "formats/json.hpp"
#include "formats/text.hpp"

namespace treadle::formats {

/// Recursive descent, no deeper than max_depth. Every function returns false after the first error.
class JsonParser {
 public:
  explicit JsonParser(JsonDocument& document) noexcept : document_(document), text_(document.text_) {}

  bool parse() {
    if (!value(0)) return false;
    skip_space();
    return at_ == text_.size() || fail("the end of the text");
  }
  const Error& error() const noexcept { return error_; }

 private:
  using Node = JsonDocument::Node;

  Message place(const Message& what, std::size_t position) const noexcept {
    return Message{"JSON: "} << what << " at byte " << document_.first_byte_ + position;
  }
  /// `expected` was not what comes next.
  bool fail(std::string_view expected) noexcept {
    Message message = place(Message{"expected "} << expected, at_);
    if (at_ == text_.size())
      message << ", where the text ends";
    else
      message << ", got " << shown_text(text_.substr(at_), 8);
    error_ = {ErrorCode::bad_format, message};
    return false;
  }
  bool too_large(const Message& what) noexcept {
    error_ = {ErrorCode::too_large, place(what, at_)};
    return false;
  }

  void skip_space() noexcept {
    while (at_ < text_.size() && std::string_view{" \t\n\r"}.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool next_is(char character) const noexcept { return at_ < text_.size() && text_[at_] == character; }
  bool take(char character) noexcept {
    if (!next_is(character)) return false;
    ++at_;
    return true;
  }
  bool take_digits() noexcept {
    const std::size_t before = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ != before;
  }

  /// Begins a node here; the caller ends it.
  bool begin_node(JsonKind kind, std::size_t depth = 0) {
    if (depth == JsonDocument::max_depth)
      return too_large(Message{"more than "} << depth << " arrays and objects inside one another");
    if (document_.nodes_.size() == JsonDocument::max_nodes)
      return too_large(Message{"more than "} << JsonDocument::max_nodes << " values");
    const auto here = static_cast<std::uint32_t>(at_);
    document_.nodes_.push_back({.position = here, .begin = here, .kind = kind});
    return true;
  }
  void end_node(std::size_t index) noexcept {
    Node& node = document_.nodes_[index];
    node.size = static_cast<std::uint32_t>(at_ - node.begin);
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
  }

  bool value(std::size_t depth) {
    skip_space();
    const char first = at_ < text_.size() ? text_[at_] : '\0';
    if (first == '{') return object(depth);
    if (first == '[') return array(depth);
    if (first == '"') return string();
    if (first == 't') return literal("true", JsonKind::boolean);
    if (first == 'f') return literal("false", JsonKind::boolean);
    if (first == 'n') return literal("null", JsonKind::null);
    if (first == '-' || (first >= '0' && first <= '9')) return number();
    return fail("a value");
  }

  bool object(std::size_t depth) {
    const std::size_t index = document_.nodes_.size();
    if (!begin_node(JsonKind::object, depth)) return false;
    ++at_;
    skip_space();
    if (!take('}')) {
      do {
        skip_space();
        if (!next_is('"')) return fail("a name");
        if (!string()) return false;
        skip_space();
        if (!take(':')) return fail("\":\"");
        if (!value(depth + 1)) return false;
        skip_space();
      } while (take(','));
      if (!take('}')) return fail("\",\" or \"}\"");
    }
    end_node(index);
    return check_names(index);
  }

  bool array(std::size_t depth) {
    const std::size_t index = document_.nodes_.size();
    if (!begin_node(JsonKind::array, depth)) return false;
    ++at_;
    skip_space();
    if (!take(']')) {
      do {
        if (!value(depth + 1)) return false;
        skip_space();
      } while (take(','));
      if (!take(']')) return fail("\",\" or \"]\"");
    }
    end_node(index);
    return true;
  }

  /// Sorted rather than hashed: no choice of names makes it slow.
  bool check_names(std::size_t object) {
    const std::vector<Node>& nodes = document_.nodes_;
    std::vector<const Node*> names;
    for (std::size_t i = object + 1; i < nodes[object].next; i = nodes[i + 1].next) names.push_back(&nodes[i]);
    std::sort(names.begin(), names.end(), [this](const Node* a, const Node* b) {
      const std::string_view first = document_.text_of(*a), second = document_.text_of(*b);
      return first != second ? first < second : a->position < b->position;
    });
    const auto twice = std::adjacent_find(names.begin(), names.end(), [this](const Node* a, const Node* b) {
      return document_.text_of(*a) == document_.text_of(*b);
    });
    if (twice == names.end()) return true;
    const Node& second = **(twice + 1);
    error_ = {
        ErrorCode::bad_format,
        place(Message{"the name "} << shown_text(document_.text_of(second)) << " comes twice, again", second.position)};
    return false;
  }

  bool literal(std::string_view word, JsonKind kind) {
    if (text_.substr(at_, word.size()) != word) return fail("a value");
    const std::size_t index = document_.nodes_.size();
    if (!begin_node(kind)) return false;
    at_ += word.size();
    end_node(index);
    return true;
  }

  bool number() {
    const std::size_t index = document_.nodes_.size();
    if (!begin_node(JsonKind::number)) return false;
    take('-');
    if (!take('0') && !take_digits()) return fail("a digit");
    if (take('.') && !take_digits()) return fail("a digit");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!take_digits()) return fail("a digit");
    }
    end_node(index);
    return true;
  }

  bool string() {
    const std::size_t index = document_.nodes_.size();
    if (!begin_node(JsonKind::string)) return false;
    const std::size_t begin = ++at_;
    const std::size_t unescaped = document_.unescaped_.size();
    bool escaped = false;
    while (!next_is('"')) {
      if (next_is('\\')) {
        // Up to its first escape a string needs no copy.
        if (!escaped) document_.unescaped_ += text_.substr(begin, at_ - begin);
        escaped = true;
        if (!escape()) return false;
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) return fail(at_ == text_.size() ? "the end of a string" : "UTF-8");
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("no control character in a string");
      if (escaped) document_.unescaped_ += text_.substr(at_, length);
      at_ += length;
    }
    Node& node = document_.nodes_[index];
    node.begin = static_cast<std::uint32_t>(escaped ? unescaped : begin);
    node.size = static_cast<std::uint32_t>(escaped ? document_.unescaped_.size() - unescaped : at_ - begin);
    node.escaped = escaped;
    node.next = static_cast<std::uint32_t>(index + 1);
    ++at_;
    return true;
  }

  bool escape() {
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const std::size_t start = at_++;
    if (take('u')) return unicode_escape(start);
    const std::size_t which = at_ < text_.size() ? letters.find(text_[at_]) : std::string_view::npos;
    if (which == std::string_view::npos) return fail("an escaped character");
    document_.unescaped_ += meanings[which];
    ++at_;
    return true;
  }

  /// After "\u"; `start` is where the backslash is.
  bool unicode_escape(std::size_t start) {
    std::uint32_t code = 0;
    if (!four_hex_digits(code)) return false;
    const bool high = code >= 0xD800 && code <= 0xDBFF;
    if (high) {
      std::uint32_t low = 0;
      if (!take('\\') || !take('u')) return fail("the second half of a surrogate pair");
      if (!four_hex_digits(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF)
        code = 0xDC00;  // refused below
      else
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code >= 0xDC00 && code <= 0xDFFF) {
      at_ = start;
      return fail("a surrogate pair");
    }
    append_utf8(code);
    return true;
  }

  bool four_hex_digits(std::uint32_t& code) noexcept {
    const std::string_view digits = text_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || error != std::errc{} || end != digits.data() + 4) return fail("four hexadecimal digits");
    at_ += 4;
    return true;
  }

  void append_utf8(std::uint32_t code) {
    const auto append = [this](std::uint32_t byte) { document_.unescaped_ += static_cast<char>(byte); };
    if (code < 0x80) {
      append(code);
    } else if (code < 0x800) {
      append(0xC0 | code >> 6);
      append(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      append(0xE0 | code >> 12);
      append(0x80 | (code >> 6 & 0x3F));
      append(0x80 | (code & 0x3F));
    } else {
      append(0xF0 | code >> 18);
      append(0x80 | (code >> 12 & 0x3F));
      append(0x80 | (code >> 6 & 0x3F));
      append(0x80 | (code & 0x3F));
    }
  }

  JsonDocument& document_;
  std::string_view text_;
  std::size_t at_ = 0;
  Error error_;
};

Result<JsonDocument> JsonDocument::parse(std::string_view text, std::size_t first_byte) {
  if (text.size() > 0xFFFF'FFFF) return Error{ErrorCode::too_large, "JSON: the text has more than 4294967295 bytes"};
  try {
    JsonDocument document{text, first_byte};
    JsonParser parser{document};
    if (!parser.parse()) return parser.error();
    return document;
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, "JSON: not enough memory"};
  }
}

}  // namespace treadle::formats
