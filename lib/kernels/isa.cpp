// Which instruction sets there are, which of them run here, and which one to take.
#include <treadle/isa.hpp>

#include "base/cpu.hpp"
#include "base/environment.hpp"
#include "kernels/isa/tables.hpp"

namespace treadle {
namespace {

constexpr Isa compiled[] = {
#define TREADLE_ISA(isa) Isa::isa,
#include "kernels/isa_list.inc"
#undef TREADLE_ISA
};

constexpr Isa every_isa[] = {Isa::scalar, Isa::sse2, Isa::avx2, Isa::avx512, Isa::neon32, Isa::neon64, Isa::helium};

bool is_compiled(Isa isa) noexcept {
  for (Isa each : compiled)
    if (each == isa) return true;
  return false;
}

Message& list_supported(Message& message) {
  const char* between = "";
  for (Isa isa : compiled_isas())
    if (supported(isa)) {
      message << between << name(isa);
      between = ", ";
    }
  return message;
}

}  // namespace

std::string_view name(Isa isa) noexcept {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::sse2:
      return "sse2";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::neon32:
      return "neon32";
    case Isa::neon64:
      return "neon64";
    case Isa::helium:
      return "helium";
  }
  return "unknown";
}

std::span<const Isa> compiled_isas() noexcept { return compiled; }

bool same_bits(Isa isa) noexcept { return isa != Isa::sse2 && isa != Isa::neon32 && isa != Isa::helium; }

bool supported(Isa isa) noexcept {
  if (!is_compiled(isa)) return false;
  const base::CpuFeatures features = base::cpu_features();
  switch (isa) {
    case Isa::sse2:
      return features.sse2;
    case Isa::avx2:
      return features.avx2_fma;
    case Isa::avx512:
      return features.avx512;
    case Isa::neon32:
      return features.neon_vfpv4;
    case Isa::scalar:
    case Isa::neon64:
    case Isa::helium:
      return true;
  }
  return false;
}

Result<Isa> default_isa() noexcept {
  const char* forced = base::environment("TREADLE_ISA");
  if (forced == nullptr || *forced == '\0') {
    Isa best = Isa::scalar;
    for (Isa isa : compiled_isas())
      if (supported(isa)) best = isa;
    return best;
  }
  for (Isa isa : every_isa) {
    if (name(isa) != forced) continue;
    if (supported(isa)) return isa;
    Message message;
    message << "TREADLE_ISA: this " << (is_compiled(isa) ? "CPU has no " : "build has no kernels for ") << name(isa)
            << "; expected one of: ";
    return Error{ErrorCode::unsupported, list_supported(message)};
  }
  Message message;
  message << "TREADLE_ISA: unknown instruction set '" << forced << "'; expected one of: ";
  return Error{ErrorCode::invalid_argument, list_supported(message)};
}

namespace kernels {

constexpr const KernelTable* tables[] = {
#define TREADLE_ISA(isa) &isa##_table,
#include "kernels/isa_list.inc"
#undef TREADLE_ISA
};

constexpr const KernelTable* inference_tables[] = {
#define TREADLE_ISA(isa) &isa##_inference_table,
#include "kernels/isa_list.inc"
#undef TREADLE_ISA
};

namespace {
const KernelTable* find(std::span<const KernelTable* const> candidates, Isa isa, bool in_order) noexcept {
  for (const KernelTable* candidate : candidates)
    if (candidate->isa == isa) return in_order && candidate->in_order != nullptr ? candidate->in_order : candidate;
  return nullptr;
}
}  // namespace

const KernelTable* table(Isa isa, bool in_order) noexcept { return find(tables, isa, in_order); }
const KernelTable* table(Isa isa) noexcept { return table(isa, base::cpu_features().in_order); }
const KernelTable* inference_table(Isa isa) noexcept {
  return find(inference_tables, isa, base::cpu_features().in_order);
}

}  // namespace kernels

bool made_for_in_order(Isa isa) noexcept { return kernels::table(isa) != kernels::table(isa, false); }
}  // namespace treadle
