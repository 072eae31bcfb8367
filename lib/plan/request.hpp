// What a plan is asked for, checked.
#pragma once

#include <treadle/plan.hpp>

#include "kernels/table.hpp"

namespace treadle::plan_detail {

struct Request {
  ModelView model;
  const Loss* loss = nullptr;            ///< null: inference
  const Optimizer* optimizer = nullptr;  ///< null: inference
  StepOptions options;
  const kernels::KernelTable* kernels = nullptr;

  bool training() const noexcept { return optimizer != nullptr; }
};

/// Checks everything that does not depend on memory: the options, the instruction set, the model's shapes, the loss and
/// the optimizer. `loss` and `optimizer` are both null for inference.
Result<Request> make_request(const ModelView& model, const Loss* loss, const Optimizer* optimizer,
                             const StepOptions& options) noexcept;

/// The same with kernels that need not run here, whatever options.isa says.
Result<Request> make_request_with(const kernels::KernelTable& kernels, const ModelView& model, const Loss* loss,
                                  const Optimizer* optimizer, const StepOptions& options) noexcept;

}  // namespace treadle::plan_detail
