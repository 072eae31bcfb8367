#include "semihosting.hpp"

#include <cstdint>

namespace semihosting {
namespace {

enum class Operation : std::uint32_t { write0 = 0x04, exit_extended = 0x20 };
constexpr std::uint32_t application_exit = 0x20026;

void call(Operation operation, const void* argument) noexcept {
  register std::uint32_t r0 asm("r0") = static_cast<std::uint32_t>(operation);
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

}  // namespace

void write(const char* text) noexcept { call(Operation::write0, text); }

void exit(int status) noexcept {
  const std::uint32_t block[] = {application_exit, static_cast<std::uint32_t>(status)};
  for (;;) call(Operation::exit_extended, block);
}

}  // namespace semihosting
