// What any Cortex-M with an FPU needs before a program: the vector table, the FPU switched on, initialised data in RAM.
#include "startup.hpp"

#include <cstdint>

#include "semihosting.hpp"

extern "C" {
// The linker script's.
extern std::uint32_t stack_begin[], stack_end[];
extern std::uint32_t data_begin[], data_end[], bss_begin[], bss_end[];
extern const std::uint32_t data_load[];
extern void (*const constructors_begin[])();
extern void (*const constructors_end[])();

[[noreturn]] void reset_handler();
[[noreturn]] void fault_handler();
// The compiler's own library asks for these where a program goes wrong.
[[noreturn]] void abort();
[[noreturn]] void __cxa_pure_virtual();
}

namespace {

/// What the stack holds where it has never been used.
constexpr std::uint32_t paint = 0x5ca1ab1e;

using Handler = void (*)();
struct VectorTable {
  std::uint32_t* stack;
  Handler handlers[15];
};
[[gnu::section(".vectors"), gnu::used]] const VectorTable vectors{
    stack_end,
    {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
     fault_handler}};

/// Everything here may use the FPU's registers.
[[noreturn, gnu::noinline]] void start() {
  // Up to this function's own frame.
  const std::uint32_t* const frame = static_cast<std::uint32_t*>(__builtin_frame_address(0)) - 64;
  for (volatile std::uint32_t* word = stack_begin; word < frame; ++word) *word = paint;
  const std::uint32_t* from = data_load;
  for (std::uint32_t* to = data_begin; to < data_end; ++to, ++from) *to = *from;
  for (std::uint32_t* to = bss_begin; to < bss_end; ++to) *to = 0;
  for (auto constructor = constructors_begin; constructor < constructors_end; ++constructor) (*constructor)();
  semihosting::exit(startup::run());
}

}  // namespace

void reset_handler() {
  // Coprocessor Access Control Register (ARMv7-M and ARMv8-M manuals): full access to the FPU, CP10 and CP11.
  *reinterpret_cast<volatile std::uint32_t*>(0xe000ed88) |= 0xfu << 20;
  asm volatile("dsb\n isb" ::: "memory");
  start();
}

void fault_handler() {
  semihosting::write("fault\n");
  semihosting::exit(2);
}

void abort() {
  semihosting::write("abort\n");
  semihosting::exit(3);
}

void __cxa_pure_virtual() { abort(); }

std::size_t startup::stack_size() noexcept { return static_cast<std::size_t>(stack_end - stack_begin) * 4; }

std::size_t startup::stack_used() noexcept {
  const volatile std::uint32_t* word = stack_begin;
  while (word < stack_end && *word == paint) ++word;
  return static_cast<std::size_t>(stack_end - const_cast<const std::uint32_t*>(word)) * 4;
}
