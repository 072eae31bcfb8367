// Counts on an emulated board where every instruction takes the same time (QEMU's -icount shift=0): its system timer
// then counts instructions, once it has been compared with a loop of known length.
#include <cstdint>

#include "example.hpp"
#include "startup.hpp"
#include "step.hpp"

namespace {

// SysTick (ARMv7-M and ARMv8-M manuals): control and status, reload value, current value. It counts down in 24 bits.
volatile std::uint32_t* const control = reinterpret_cast<volatile std::uint32_t*>(0xe000e010);
volatile std::uint32_t* const reload = reinterpret_cast<volatile std::uint32_t*>(0xe000e014);
volatile std::uint32_t* const current = reinterpret_cast<volatile std::uint32_t*>(0xe000e018);
constexpr std::uint32_t ticks_mask = 0xffffff;

template <class Work>
std::uint32_t ticks(Work&& work) {
  const std::uint32_t begin = *current;
  work();
  return (begin - *current) & ticks_mask;
}

constexpr std::uint32_t known_rounds = 4'000'000;

/// Two instructions a round.
void known_loop() {
  std::uint32_t rounds = known_rounds;
  asm volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(rounds)::"cc");
}

}  // namespace

int startup::run() noexcept {
  *reload = ticks_mask;
  *current = 0;
  *control = 5;  // on, with the processor's clock
  const std::uint32_t known = ticks(known_loop);
  bool ran = true;
  const std::uint32_t once = ticks([&] { ran = ran && instructions::run(1); });
  const std::uint32_t twice = ticks([&] { ran = ran && instructions::run(2); });
  if (!ran) return 1;
  if (known == 0 || twice <= once) {
    print("the system timer does not count instructions here\n");
    return 1;
  }
  const std::uint64_t count = std::uint64_t{twice - once} * (2 * known_rounds) / known;
  print("instructions: ");
  print(static_cast<std::size_t>(count));
  print("\nmultiply-adds: ");
  print(instructions::multiply_adds);
  print("\n");
  return 0;
}
