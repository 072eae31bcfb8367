// Each kernel of the list, with each instruction set that this machine can run, against its reference: bit for bit.
#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include "cases.hpp"
#include "kernels/reference.hpp"
#include "support/subnormals.hpp"

namespace treadle::kernels::test {
namespace {

template <class Args>
using Kernel = void (*)(const Args&) noexcept;

template <class Args>
void compare(Kernel<Args> kernel, Kernel<Args> reference, bool same_bits) {
  std::uint64_t seed = 1;
  for (const Case<Args>& each : Cases<Args>::all()) {
    ++seed;
    // Where subnormals become zero, what is made of them may be as little wrong; all else has the same bits.
    if (!same_bits && !each.plain) continue;
    Memory ours(seed, each.misalignment);
    Memory expected(seed, each.misalignment);
    kernel(each.make(ours));
    reference(each.make(expected));
    const std::string differs = difference(ours, expected, same_bits ? 0.0f : 1e-30f);
    CHECK_MESSAGE(differs.empty(), each.name << ": " << differs);
  }
}

template <class Args>
void compare_each_isa(Kernel<Args> KernelTable::*kernel, Kernel<Args> fused, Kernel<Args> unfused) {
  for (const Isa isa : compiled_isas()) {
    if (!supported(isa)) continue;
    const std::string isa_name{name(isa)};
    CAPTURE(isa_name);
    compare<Args>(table(isa)->*kernel, isa == Isa::sse2 ? unfused : fused, !treadle::test::flushes_subnormals(isa));
  }
}

#define TREADLE_KERNEL(kernel, Args)                                                  \
  TEST_CASE(#kernel " gives the bits of its reference") {                             \
    compare_each_isa<Args>(&KernelTable::kernel, reference::kernel<reference::Fused>, \
                           reference::kernel<reference::Unfused>);                    \
  }
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL

}  // namespace
}  // namespace treadle::kernels::test
