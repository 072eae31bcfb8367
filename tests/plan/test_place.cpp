// Placement on its own: nothing that is alive at the same time overlaps.
#include <doctest/doctest.h>

#include <rapidcheck.h>

#include "plan/place.hpp"

using namespace treadle;
using calls::Buffer;
using calls::Call;
using calls::Lifetime;
using plan_detail::Program;

namespace {

struct Nothing {
  std::size_t tiles(const calls::RunContext&) const noexcept { return 0; }
  void run(const calls::RunContext&, std::size_t) const noexcept {}
};

Buffer random_buffer(std::size_t calls) {
  Buffer buffer{.bytes = *rc::gen::inRange<std::size_t>(0, 20) * 64};
  const auto first = *rc::gen::inRange<std::size_t>(0, calls);
  buffer.first_call = static_cast<std::uint16_t>(first);
  buffer.last_call = static_cast<std::uint16_t>(*rc::gen::inRange<std::size_t>(first, calls));
  buffer.kind = *rc::gen::element(MemoryKind::activation, MemoryKind::workspace);
  return buffer;
}

}  // namespace

TEST_CASE("buffers that are alive at the same time never overlap, and the total is never below what must be") {
  CHECK(rc::check([] {
    const std::size_t call_count = *rc::gen::inRange<std::size_t>(1, 12);
    std::vector<Call> calls(call_count, Call(calls::Phase::forward, Nothing{}, {}));
    std::vector<Buffer> buffers;
    const std::size_t count = *rc::gen::inRange<std::size_t>(0, 20);
    for (std::size_t i = 0; i < count; ++i) buffers.push_back(random_buffer(call_count));
    if (count > 2) buffers[0] = {.bytes = 128, .kind = MemoryKind::parameter, .lifetime = Lifetime::step};
    Program program;
    program.calls = calls;
    program.buffers = buffers;

    const std::size_t begin = *rc::gen::inRange<std::size_t>(0, 5) * 64;
    const std::size_t least = plan_detail::least_bytes(begin, program).saturated();
    const std::size_t end = plan_detail::place_buffers(begin, program).saturated();
    RC_ASSERT(end >= least);
    RC_ASSERT(program.memory.total() == end - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const Buffer& a = buffers[i];
      RC_ASSERT(a.offset >= begin && a.offset + a.bytes <= end && a.offset % 64 == 0);
      for (std::size_t j = 0; j < i; ++j) {
        const Buffer& b = buffers[j];
        const bool both = (a.lifetime == Lifetime::step || b.lifetime == Lifetime::step) ||
                          (a.first_call <= b.last_call && b.first_call <= a.last_call);
        const bool apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
        RC_ASSERT(!both || apart || a.bytes == 0 || b.bytes == 0);
      }
    }
  }));
}

TEST_CASE("a chain of layers needs two activations at a time") {
  // Call i reads buffer i and writes buffer i + 1.
  std::vector<Call> calls(10, Call(calls::Phase::forward, Nothing{}, {}));
  std::vector<Buffer> buffers(11);
  for (std::uint16_t i = 0; i < 11; ++i)
    buffers[i] = {.bytes = 640,
                  .kind = MemoryKind::activation,
                  .first_call = static_cast<std::uint16_t>(i == 0 ? 0 : i - 1),
                  .last_call = static_cast<std::uint16_t>(i == 10 ? 9 : i)};
  Program program;
  program.calls = calls;
  program.buffers = buffers;
  CHECK(plan_detail::place_buffers(0, program).saturated() == 1280);
  CHECK(program.memory[MemoryKind::activation] == 1280);
  CHECK(program.memory[MemoryKind::workspace] == 0);
}
