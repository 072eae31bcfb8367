// Writing JSON, the same bytes for the same values everywhere.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace treadle::formats {

/// Writes one value after another, without white space: writer.begin_object().key("units").value(10u).end_object().
/// Commas are its business; that begins and ends match is the caller's.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// The name of the member whose value comes next.
  JsonWriter& key(std::string_view name);

  JsonWriter& null() { return raw("null"); }
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view{text}); }
  JsonWriter& value(bool boolean) { return raw(boolean ? "true" : "false"); }
  template <std::integral I>
  requires(!std::same_as<I, char>) JsonWriter& value(I number) { return digits(number); }
  /// The shortest digits that read back as the same number; null for NaN and infinities, which JSON does not have.
  template <std::floating_point F>
  JsonWriter& value(F number) {
    return std::isfinite(number) ? digits(number) : null();
  }

  const std::string& text() const noexcept { return text_; }
  std::string take() noexcept { return std::move(text_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  JsonWriter& raw(std::string_view text);
  template <class Number>
  JsonWriter& digits(Number number) {
    char room[32];
    return raw({room, std::to_chars(room, room + sizeof room, number).ptr});
  }

  std::string text_;
  bool comma_ = false;  // whether one stands before the next value
};

}  // namespace treadle::formats
