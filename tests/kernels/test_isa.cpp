// Which instruction sets are offered, and what TREADLE_ISA does.
#include <doctest/doctest.h>
#include <treadle/isa.hpp>

#include <cstdlib>
#include <optional>
#include <string>

#include "base/cpu.hpp"
#include "kernels/table.hpp"

namespace treadle {
namespace {

constexpr Isa every_isa[] = {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon32, Isa::neon64, Isa::helium};

/// TREADLE_ISA as a test wants it; the caller's value comes back at the end.
class ScopedIsa {
 public:
  explicit ScopedIsa(const char* value) {
    if (const char* old = std::getenv("TREADLE_ISA")) old_ = old;
    set(value);
  }
  ~ScopedIsa() { set(old_ ? old_->c_str() : nullptr); }
  ScopedIsa(const ScopedIsa&) = delete;
  ScopedIsa& operator=(const ScopedIsa&) = delete;

 private:
  static void set(const char* value) {
    if (value == nullptr)
      unsetenv("TREADLE_ISA");
    else
      setenv("TREADLE_ISA", value, 1);
  }
  std::optional<std::string> old_;
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

TEST_CASE("scalar is always there, and first") {
  REQUIRE_FALSE(compiled_isas().empty());
  CHECK(compiled_isas().front() == Isa::scalar);
  CHECK(supported(Isa::scalar));
}

TEST_CASE("each compiled instruction set has a table that knows its name") {
  for (const Isa isa : compiled_isas()) {
    const kernels::KernelTable* table = kernels::table(isa);
    REQUIRE(table != nullptr);
    CHECK(table->isa == isa);
    CHECK(table->panel > 0);
    CHECK(table->rows > 0);
  }
}

TEST_CASE(
    "a table for processors that begin instructions in order differs from the other in the matrix product alone") {
  for (const Isa isa : compiled_isas()) {
    const kernels::KernelTable& ordered = *kernels::table(isa, true);
    const kernels::KernelTable& other = *kernels::table(isa, false);
    CHECK((&ordered != &other) == (isa == Isa::neon64));
    CHECK((ordered.gemm != other.gemm) == (isa == Isa::neon64));
    CHECK(ordered.panel == other.panel);
    CHECK(ordered.rows == other.rows);
    CHECK((ordered.relu == other.relu));
    CHECK(kernels::table(isa) == (base::cpu_features().in_order ? &ordered : &other));
    CHECK(made_for_in_order(isa) == (isa == Isa::neon64 && base::cpu_features().in_order));
  }
}

TEST_CASE("without TREADLE_ISA the last supported instruction set is taken") {
  Isa best = Isa::scalar;
  for (const Isa isa : compiled_isas())
    if (supported(isa)) best = isa;
  for (const char* value : {static_cast<const char*>(nullptr), ""}) {
    const ScopedIsa scoped(value);
    REQUIRE(default_isa());
    CHECK(*default_isa() == best);
  }
}

TEST_CASE("TREADLE_ISA takes each instruction set that is supported and refuses the others") {
  for (const Isa isa : every_isa) {
    const std::string isa_name{name(isa)};
    CAPTURE(isa_name);
    const ScopedIsa scoped(isa_name.c_str());
    const Result<Isa> chosen = default_isa();
    if (supported(isa)) {
      REQUIRE(chosen);
      CHECK(*chosen == isa);
      continue;
    }
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == ErrorCode::unsupported);
    CHECK(contains(chosen.error().text(), "TREADLE_ISA"));
    CHECK(contains(chosen.error().text(), isa_name));
    CHECK(contains(chosen.error().text(), kernels::table(isa) == nullptr ? "build" : "CPU"));
    CHECK(contains(chosen.error().text(), "expected one of: scalar"));
  }
}

TEST_CASE("an unknown TREADLE_ISA is an error that lists the choices") {
  for (const char* value : {"avx", "AVX2", "scalar ", "unknown", "sse2,avx2"}) {
    const ScopedIsa scoped(value);
    const Result<Isa> chosen = default_isa();
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == ErrorCode::invalid_argument);
    CHECK(contains(chosen.error().text(), std::string("'") + value + "'"));
    for (const Isa isa : compiled_isas())
      if (supported(isa)) CHECK(contains(chosen.error().text(), name(isa)));
  }
}

TEST_CASE("all but sse2, neon32 and helium give the same bits") {
  for (const Isa isa : every_isa)
    CHECK(same_bits(isa) == (isa != Isa::sse2 && isa != Isa::neon32 && isa != Isa::helium));
}

}  // namespace
}  // namespace treadle
