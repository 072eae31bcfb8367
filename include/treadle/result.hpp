// Errors as values: every operation that can fail returns a Result<T>, shaped like C++23's std::expected.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__cpp_exceptions)
#include <exception>
#endif

namespace treadle {

enum class ErrorCode : std::uint8_t {
  invalid_argument,  ///< a value outside its documented range
  shape_mismatch,    ///< two shapes that must agree do not
  too_large,         ///< a size does not fit into size_t, or a limit of a format is exceeded
  out_of_memory,     ///< the given or the system's memory does not suffice
  not_found,         ///< a file, layer or name that does not exist
  io,                ///< the operating system refused to read or write
  bad_format,        ///< a file's contents contradict its format
  unsupported,       ///< valid, but not something this build or machine can do
};

/// The code's name as it is printed, for example "shape mismatch".
std::string_view name(ErrorCode code) noexcept;

class Shape;

/// Text of at most `capacity` bytes held in place, so that an error can be made without a heap. What does not fit is
/// cut and ends in "...".
class Message {
 public:
  static constexpr std::size_t capacity = 320;

  Message() = default;
  Message(std::string_view text) noexcept { *this << text; }
  Message(const char* text) noexcept { *this << std::string_view{text}; }

  Message& operator<<(std::string_view text) noexcept;
  Message& operator<<(const char* text) noexcept { return *this << std::string_view{text}; }
  Message& operator<<(char character) noexcept { return *this << std::string_view{&character, 1}; }
  Message& operator<<(const Message& message) noexcept { return *this << message.text(); }
  /// Appends "[28, 28, 1]".
  Message& operator<<(const Shape& shape) noexcept;
  template <std::integral I>
  requires(!std::same_as<I, char>) Message& operator<<(I value) noexcept {
    if constexpr (std::is_signed_v<I>) return append_signed(static_cast<std::int64_t>(value));
    return append_unsigned(static_cast<std::uint64_t>(value));
  }

  std::string_view text() const noexcept { return {text_, size_}; }

 private:
  Message& append_signed(std::int64_t value) noexcept;
  Message& append_unsigned(std::uint64_t value) noexcept;

  char text_[capacity] = {};
  std::uint16_t size_ = 0;
};

/// What went wrong. The message names the operation, the place (file and byte or line, layer) and what was expected.
struct Error {
  ErrorCode code = ErrorCode::invalid_argument;
  Message message;

  std::string_view text() const noexcept { return message.text(); }
};

#if defined(__cpp_exceptions)
/// Thrown by Result::value() when there is no value. The library itself never calls value() on a failed result.
class BadResult : public std::exception {
 public:
  explicit BadResult(const Error& error) : error_(error) {}
  /// The message, cut at Message::capacity - 1 bytes.
  const char* what() const noexcept override { return error_.text().data(); }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};
#endif

namespace detail {
template <bool exceptions>
[[noreturn]] inline void no_value(const Error& error) {
#if defined(__cpp_exceptions)
  throw BadResult(error);
#else
  static_cast<void>(error);
  __builtin_trap();
#endif
}
#if defined(__cpp_exceptions)
inline constexpr bool has_exceptions = true;
#else
inline constexpr bool has_exceptions = false;
#endif
}  // namespace detail

/// Either a value or an Error. Test it, then use `*result`; `value()` throws BadResult instead of giving a value that
/// is not there (it traps when the program is built without exceptions).
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) noexcept(std::is_nothrow_move_constructible_v<T>) : has_value_(true) {
    std::construct_at(std::addressof(value_), std::move(value));
  }
  Result(const Error& error) noexcept : has_value_(false) { std::construct_at(std::addressof(error_), error); }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : has_value_(other.has_value_) {
    if (has_value_)
      std::construct_at(std::addressof(value_), std::move(other.value_));
    else
      std::construct_at(std::addressof(error_), other.error_);
  }
  Result(const Result& other) requires std::copy_constructible<T> : has_value_(other.has_value_) {
    if (has_value_)
      std::construct_at(std::addressof(value_), other.value_);
    else
      std::construct_at(std::addressof(error_), other.error_);
  }
  Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    std::destroy_at(this);
    std::construct_at(this, std::move(other));
    return *this;
  }
  ~Result() {
    if (has_value_)
      std::destroy_at(std::addressof(value_));
    else
      std::destroy_at(std::addressof(error_));
  }

  bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T&& operator*() && noexcept { return std::move(value_); }
  T* operator->() noexcept { return std::addressof(value_); }
  const T* operator->() const noexcept { return std::addressof(value_); }

  T& value() & { return check(), value_; }
  const T& value() const& { return check(), value_; }
  /// Of a temporary result the value itself, so that `for (auto& x : f().value())` has something to look at.
  T value() && { return check(), std::move(value_); }

  template <class U>
  T value_or(U&& other) const& {
    return has_value_ ? value_ : static_cast<T>(std::forward<U>(other));
  }

  const Error& error() const noexcept { return error_; }

 private:
  void check() const {
    if (!has_value_) detail::no_value<detail::has_exceptions>(error_);
  }

  union {
    T value_;
    Error error_;
  };
  bool has_value_;
};

/// Success without a value, or an Error: `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() noexcept = default;
  Result(const Error& error) noexcept : error_(error), has_value_(false) {}

  bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }
  void value() const {
    if (!has_value_) detail::no_value<detail::has_exceptions>(error_);
  }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
  bool has_value_ = true;
};

}  // namespace treadle
