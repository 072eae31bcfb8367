#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstring>

namespace treadle {

std::string_view name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid argument";
    case ErrorCode::shape_mismatch:
      return "shape mismatch";
    case ErrorCode::too_large:
      return "too large";
    case ErrorCode::out_of_memory:
      return "out of memory";
    case ErrorCode::not_found:
      return "not found";
    case ErrorCode::io:
      return "input/output error";
    case ErrorCode::bad_format:
      return "bad format";
    case ErrorCode::unsupported:
      return "unsupported";
  }
  return "unknown error";
}

Message& Message::operator<<(std::string_view text) noexcept {
  constexpr std::string_view cut = "...";
  constexpr std::size_t room_for_text = capacity - 1;  // the last byte stays 0, so that what() is a C string
  const std::size_t room = room_for_text - size_;
  const std::size_t taken = text.size() < room ? text.size() : room;
  if (taken != 0) std::memcpy(text_ + size_, text.data(), taken);
  size_ = static_cast<std::uint16_t>(size_ + taken);
  if (taken < text.size()) std::memcpy(text_ + room_for_text - cut.size(), cut.data(), cut.size());
  return *this;
}

Message& Message::operator<<(const Shape& shape) noexcept {
  *this << '[';
  for (std::size_t i = 0; i < shape.extents().size(); ++i) {
    if (i != 0) *this << ", ";
    *this << shape[i];
  }
  if (!shape.valid()) *this << ", ...";
  return *this << ']';
}

Message& Message::append_signed(std::int64_t value) noexcept {
  if (value >= 0) return append_unsigned(static_cast<std::uint64_t>(value));
  *this << '-';
  return append_unsigned(~static_cast<std::uint64_t>(value) + 1);
}

Message& Message::append_unsigned(std::uint64_t value) noexcept {
  char digits[20];
  std::size_t first = sizeof digits;
  do {
    digits[--first] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return *this << std::string_view{digits + first, sizeof digits - first};
}

}  // namespace treadle
