// Runs the tests that the linker has collected, on an emulated board.
#include <cstddef>
#include <cstdint>

#include "doctest/doctest.h"
#include "example.hpp"
#include "semihosting.hpp"
#include "startup.hpp"

extern "C" {
// The first and the end of the section, the linker's.
extern const microcontroller::TestCase __start_test_cases[], __stop_test_cases[];
void* _sbrk(std::ptrdiff_t bytes);
// Names this program to destructors that would run at its end.
void* __dso_handle = nullptr;
}

namespace {

constexpr std::size_t most_printed = 10;
std::size_t checks = 0, failures = 0;

alignas(8) std::byte heap[2 * 1024 * 1024];
std::ptrdiff_t heap_used = 0;

}  // namespace

const microcontroller::Capture* microcontroller::Capture::innermost = nullptr;

void microcontroller::checked() { ++checks; }

void microcontroller::failed(const char* file, int line, std::string_view what) {
  if (++failures > most_printed) return;
  print(file);
  print(":");
  print(static_cast<std::size_t>(line));
  print(": ");
  print(what);
  for (const Capture* capture = Capture::innermost; capture != nullptr; capture = capture->before()) {
    print("; ");
    print(capture->text());
  }
  print("\n");
}

/// The heap of the C library, which tests use and the library does not.
void* _sbrk(std::ptrdiff_t bytes) {
  if (bytes > static_cast<std::ptrdiff_t>(sizeof heap) - heap_used) {
    semihosting::write("the tests' heap is full\n");
    semihosting::exit(4);
  }
  std::byte* const begin = heap + heap_used;
  heap_used += bytes;
  return begin;
}

int startup::run() noexcept {
  std::size_t count = 0;
  for (const microcontroller::TestCase* test = __start_test_cases; test != __stop_test_cases; ++test, ++count) {
    const std::size_t before = failures;
    test->run();
    print(failures == before ? "passed " : "FAILED ");
    print(test->name);
    print("\n");
  }
  print(count);
  print(" tests, ");
  print(checks);
  print(" checks, ");
  print(failures);
  print(" failed\n");
  return failures == 0 && count > 0 && checks > 0 ? 0 : 1;
}
