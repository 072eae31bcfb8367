// What a plan is asked for, checked.
#pragma once

#include <treadle/plan.hpp>

#include "calls/recorder.hpp"
#include "kernels/table.hpp"
#include "plan/program.hpp"

namespace treadle::plan_detail {

struct Request {
  ModelView model;
  const Loss* loss = nullptr;            ///< null: inference
  const Optimizer* optimizer = nullptr;  ///< null: inference
  StepOptions options;
  const kernels::KernelTable* kernels = nullptr;
  /// record_training or record_inference: a pointer, so that a program which only infers links no backward pass.
  void (*record)(const Request&, calls::Recorder&, Program&) noexcept = nullptr;

  bool training() const noexcept { return optimizer != nullptr; }
};

/// Checks everything that does not depend on memory: the options, the instruction set, the model's shapes, the loss and
/// the optimizer, which must outlive the request.
Result<Request> training_request(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                                 const StepOptions& options) noexcept;
Result<Request> inference_request(const ModelView& model, const StepOptions& options) noexcept;

/// The same with kernels that need not run here, whatever options.isa says.
Result<Request> training_request(const kernels::KernelTable& kernels, const ModelView& model, const Loss& loss,
                                 const Optimizer& optimizer, const StepOptions& options) noexcept;
Result<Request> inference_request(const kernels::KernelTable& kernels, const ModelView& model,
                                  const StepOptions& options) noexcept;

}  // namespace treadle::plan_detail
