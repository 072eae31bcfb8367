// Which instruction sets take subnormals for zeros.
#pragma once

#include <treadle/isa.hpp>

namespace treadle::test {

constexpr bool flushes_subnormals(Isa isa) noexcept { return isa == Isa::neon32 || isa == Isa::helium; }

}  // namespace treadle::test
