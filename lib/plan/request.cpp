#include "plan/request.hpp"

#include "losses/losses.hpp"
#include "optimizers/optimizers.hpp"
#include "plan/record.hpp"

namespace treadle::plan_detail {
namespace {

Result<Isa> chosen_isa(const StepOptions& options) noexcept {
  const Result<Isa> isa = options.isa ? Result<Isa>(*options.isa) : default_isa();
  if (!isa) return isa.error();
  if (!supported(*isa))
    return Error{ErrorCode::unsupported, Message{"instruction set "} << name(*isa) << " does not run here"};
  return isa;
}

/// What training and inference check alike; gives the model's output.
Result<Shape> check(const ModelView& model, const StepOptions& options) noexcept {
  if (options.batch_size == 0) return Error{ErrorCode::invalid_argument, "batch_size: expected at least 1, got 0"};
  if (options.micro_batch > options.batch_size)
    return Error{ErrorCode::invalid_argument, Message{"micro_batch: expected at most batch_size, "}
                                                  << options.batch_size << ", got " << options.micro_batch};
  for (const float limit : {options.clip_norm, options.clip_value})
    if (!(limit >= 0.0f && limit <= __FLT_MAX__))
      return Error{ErrorCode::invalid_argument, "clip_norm and clip_value: expected numbers of at least 0"};
  const Result<Shape> output = output_shape(model);
  if (!output) return output.error();
  const Result<std::size_t> parameters = parameter_count(model);
  if (!parameters) return parameters.error();
  if (!model.parameters.empty() && model.parameters.size() != *parameters)
    return Error{ErrorCode::shape_mismatch, Message{"the model's layers have "} << *parameters
                                                                                << " parameters, but it holds "
                                                                                << model.parameters.size()};
  return output;
}

}  // namespace

Result<Request> training_request(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                                 const StepOptions& options) noexcept {
  const Result<Isa> isa = chosen_isa(options);
  if (!isa) return isa.error();
  return training_request(*kernels::table(*isa), model, loss, optimizer, options);
}

Result<Request> inference_request(const ModelView& model, const StepOptions& options) noexcept {
  const Result<Isa> isa = chosen_isa(options);
  if (!isa) return isa.error();
  return inference_request(*kernels::inference_table(*isa), model, options);
}

Result<Request> training_request(const kernels::KernelTable& kernels, const ModelView& model, const Loss& loss,
                                 const Optimizer& optimizer, const StepOptions& options) noexcept {
  const Result<Shape> output = check(model, options);
  if (!output) return output.error();
  if (const Result<void> checked = losses::check(loss, *output); !checked) return checked.error();
  if (const Result<void> checked = optimizers::check(optimizer); !checked) return checked.error();
  return Request{model, &loss, &optimizer, options, &kernels, record_training};
}

Result<Request> inference_request(const kernels::KernelTable& kernels, const ModelView& model,
                                  const StepOptions& options) noexcept {
  const Result<Shape> output = check(model, options);
  if (!output) return output.error();
  return Request{model, nullptr, nullptr, options, &kernels, record_inference};
}

}  // namespace treadle::plan_detail
