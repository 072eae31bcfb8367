// A clock that stands still but for the work that kernels do, so that tests about time repeat themselves.
#pragma once

#include <treadle/plan.hpp>

#include <cstddef>
#include <cstdint>

#include "kernels/adam.hpp"
#include "kernels/column_sum.hpp"
#include "kernels/gemm.hpp"
#include "kernels/momentum.hpp"
#include "kernels/sgd.hpp"
#include "kernels/softmax_cross_entropy.hpp"
#include "kernels/table.hpp"
#include "kernels/transpose_panels.hpp"
#include "plan/program.hpp"

namespace treadle::test {

/// The kernels of an instruction set, each of which moves the clock on by the operations that it does (those that no
/// example network uses by one).
class WorkClock {
 public:
  /// Puts the kernels into a step that was planned in `memory`. One such clock at a time.
  static void install(std::span<std::byte> memory) {
    auto& program = *reinterpret_cast<plan_detail::Program*>(memory.data());  // it stands at the front
    real_ = program.kernels;
    counting_ = *real_;
    counting_.gemm = [](const kernels::GemmArgs& args) noexcept {
      ticks += static_cast<std::uint32_t>(args.m * args.columns * args.k);
      real_->gemm(args);
    };
#define TREADLE_KERNEL(kernel, Args)                          \
  counting_.kernel = [](const kernels::Args& args) noexcept { \
    ticks += static_cast<std::uint32_t>(work(args));          \
    real_->kernel(args);                                      \
  };
#include "kernels/kernel_list.inc"
#undef TREADLE_KERNEL
    program.kernels = &counting_;
  }

  static std::uint32_t now(void*) noexcept { return ticks; }

  inline static std::uint32_t ticks = 0;

 private:
  template <class Args>
  static std::size_t work(const Args& args) {
    if constexpr (requires { args.n; })
      return args.n;
    else if constexpr (requires { args.panels* args.panel* args.columns; })
      return args.panels * args.panel * args.columns;
    else if constexpr (requires { args.rows* args.columns; })
      return args.rows * args.columns;
    else
      return 1;
  }

  inline static const kernels::KernelTable* real_ = nullptr;
  inline static kernels::KernelTable counting_{};
};

}  // namespace treadle::test
