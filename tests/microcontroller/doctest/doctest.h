// As much of doctest as the tests of the kernels use, for processors without an operating system: the same files run
// there. No exceptions, streams or threads.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace microcontroller {

/// A test, collected by the linker in the section `test_cases`.
struct TestCase {
  const char* name;
  void (*run)();
};

/// Notes a failed check; the first few are printed.
void failed(const char* file, int line, std::string_view what);
/// Notes that a check was made.
void checked();

/// What a check's message is built of.
class Words {
 public:
  Words& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  template <class Number>
  requires std::is_arithmetic_v<Number> Words& operator<<(Number number) {
    text_ += std::to_string(number);
    return *this;
  }
  std::string_view text() const { return text_; }

 private:
  std::string text_;
};

/// A value that is printed with every check that fails while this lives.
class Capture {
 public:
  template <class Value>
  Capture(const char* name, const Value& value) : before_(innermost) {
    words_ << name << " = " << value;
    innermost = this;
  }
  ~Capture() { innermost = before_; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  const Capture* before() const { return before_; }
  std::string_view text() const { return words_.text(); }

  static const Capture* innermost;

 private:
  Words words_;
  const Capture* before_;
};

}  // namespace microcontroller

#define MICROCONTROLLER_JOIN_(a, b) a##b
#define MICROCONTROLLER_JOIN(a, b) MICROCONTROLLER_JOIN_(a, b)
#define MICROCONTROLLER_TEST(name, function)                                                               \
  static void function();                                                                                  \
  [[gnu::section("test_cases"), gnu::used]] static const ::microcontroller::TestCase MICROCONTROLLER_JOIN( \
      function, _case){name, function};                                                                    \
  static void function()

#define TEST_CASE(name) MICROCONTROLLER_TEST(name, MICROCONTROLLER_JOIN(test_, __COUNTER__))
#define CAPTURE(value) const ::microcontroller::Capture MICROCONTROLLER_JOIN(capture_, __COUNTER__)(#value, value)
#define CHECK_MESSAGE(condition, words)                                                                               \
  do {                                                                                                                \
    ::microcontroller::checked();                                                                                     \
    if (!(condition))                                                                                                 \
      ::microcontroller::failed(__FILE__, __LINE__, (::microcontroller::Words{} << #condition ": " << words).text()); \
  } while (false)
#define FAIL_CHECK(words)                                                                        \
  do {                                                                                           \
    ::microcontroller::checked();                                                                \
    ::microcontroller::failed(__FILE__, __LINE__, (::microcontroller::Words{} << words).text()); \
  } while (false)
#define CHECK(...)                                                                   \
  do {                                                                               \
    ::microcontroller::checked();                                                    \
    if (!(__VA_ARGS__)) ::microcontroller::failed(__FILE__, __LINE__, #__VA_ARGS__); \
  } while (false)
#define REQUIRE(...) CHECK(__VA_ARGS__)
