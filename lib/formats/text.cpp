#include "formats/text.hpp"

namespace treadle::formats {
namespace {

bool between(char character, unsigned char low, unsigned char high) noexcept {
  const auto byte = static_cast<unsigned char>(character);
  return low <= byte && byte <= high;
}

void append_hex(Message& message, char character) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(character);
  message << "\\x" << digits[byte >> 4] << digits[byte & 15];
}

/// Appends the character at the start of `text` and returns how many bytes it has.
std::size_t append_character(Message& message, std::string_view text, std::string_view escaped) noexcept {
  const std::size_t length = utf8_length(text);
  const bool c1_control = length == 2 && text[0] == '\xC2' && between(text[1], 0x80, 0x9F);
  if (length == 0 || between(text[0], 0x00, 0x1F) || text[0] == '\x7F') {
    if (text[0] == '\n') {
      message << "\\n";
    } else if (text[0] == '\r') {
      message << "\\r";
    } else if (text[0] == '\t') {
      message << "\\t";
    } else {
      append_hex(message, text[0]);
    }
    return 1;
  }
  if (c1_control) {
    append_hex(message, text[0]);
    append_hex(message, text[1]);
    return 2;
  }
  if (escaped.find(text[0]) != std::string_view::npos) message << '\\';
  message << text.substr(0, length);
  return length;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length || !between(text[1], low, high)) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (!between(text[i], 0x80, 0xBF)) return 0;
  return length;
}

Message shown_text(std::string_view text, std::size_t limit) noexcept {
  Message message{"\""};
  while (!text.empty() && message.text().size() <= limit) text.remove_prefix(append_character(message, text, "\"\\"));
  return message << (text.empty() ? "\"" : "...\"");
}

Message shown_path(std::string_view path) noexcept {
  constexpr std::size_t limit = 120;
  Message message{path.empty() ? "\"\"" : ""};
  if (path.size() > limit) {
    message << "...";
    path.remove_prefix(path.size() - limit);
    while (!path.empty() && between(path[0], 0x80, 0xBF)) path.remove_prefix(1);
  }
  while (!path.empty()) path.remove_prefix(append_character(message, path, ""));
  return message;
}

Error in_file(std::string_view path, const Error& error) noexcept {
  Message message = shown_path(path) << ": ";
  for (std::string_view text = error.text(); !text.empty();) text.remove_prefix(append_character(message, text, ""));
  return {error.code, message};
}

}  // namespace treadle::formats
