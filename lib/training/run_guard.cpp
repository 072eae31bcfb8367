// What a run does with a guard: it looks at gradients before they become an update.
#include <utility>

#include "base/out_of_memory.hpp"
#include "training/checkpoint_format.hpp"
#include "training/diagnosis.hpp"
#include "training/run.hpp"

namespace treadle::training {

/// Takes the memory for what the run may go back to.
Result<void> Run::start_guard() {
  if (!parts_.options.guard) return {};
  if (parts_.options.guard->action != GuardAction::roll_back) return {};
  const Result<CheckpointLayout> layout = make_layout();
  if (!layout) return layout.error();
  good_ = layout->room();
  return copy_to(*good_);
}

Result<void> Run::take_what_is_due(double loss) {
  if (std::exchange(checkpoint_due_, false)) take_checkpoint();
  if (!good_due_ || !worth_going_back_to(loss, parts_.options.batch_size, good_->state.guard)) return {};
  good_due_ = false;
  return copy_to(*good_);
}

Result<std::optional<float>> Run::run_guarded(const Batch& batch) {
  const float loss =
      measured_ ? step_.compute_gradients(batch.inputs, batch.targets, profiler_->timer(), batch.mixed_targets())
                : duty_cycle_.compute_gradients(step_, batch.inputs, batch.targets, batch.mixed_targets());
  const double limit = loss_limit(*parts_.options.guard, parts_.options.batch_size, state_.guard);
  const std::optional<AnomalyCause> cause = judge_loss(static_cast<double>(loss), step_.gradient_norm(), limit);
  if (!cause) {
    if (const Result<void> taken = take_what_is_due(static_cast<double>(loss)); !taken) return taken.error();
    measured_ ? step_.update(profiler_->timer()) : step_.update();
    remember(static_cast<double>(loss), state_.guard);
    return std::optional<float>{loss};
  }
  if (const Result<void> handled = handle(*cause, loss, limit, batch); !handled) return handled.error();
  return std::optional<float>{};
}

/// Tells where the anomaly is, and does what the guard is to do.
Result<void> Run::handle(AnomalyCause cause, float loss, double limit, const Batch& batch) {
  const Guard& guard = *parts_.options.guard;
  ++state_.guard.anomalies;
  AnomalyRecord record{.cause = cause,
                       .action = state_.guard.anomalies > guard.most ? GuardAction::stop : guard.action,
                       .epoch = state_.epoch,
                       .iteration = state_.epoch_iteration + 1,
                       .run_iteration = state_.iteration + 1,
                       .loss = loss,
                       .limit = limit,
                       .gradient_norm = step_.gradient_norm()};
  const Result<void> told = base::or_out_of_memory("fit: guard", [&]() -> Result<void> {
    if (const Result<void> got = step_.get_parameters(parameters_); !got) return got;
    Result<std::string> layer = anomalous_layer(parts_.model, parameters_, step_, cause, batch);
    if (!layer) return layer.error();
    record.layer = std::move(*layer);
    find_rows(step_, batch, record);
    for (std::uint32_t& sample : record.samples) sample = data::number(parts_.train, sample);
    return {};
  });
  if (!told) return told;
  // Going back would only meet such samples again.
  if (record.action == GuardAction::roll_back && record.layer == input_layer) record.action = GuardAction::skip;
  for (const auto& callback : parts_.callbacks.anomaly) callback(record);
  switch (record.action) {
    case GuardAction::stop:
      spoilt_ = true;
      return {};
    case GuardAction::skip:
      state_.totals.skip(batch.samples());
      ++state_.iteration;
      ++state_.epoch_iteration;
      return {};
    case GuardAction::roll_back:
      return roll_back();
  }
  return {};
}

/// Everything goes back but the count of anomalies; the time of the run too, so that a limit of time still holds.
Result<void> Run::roll_back() {
  const std::uint64_t anomalies = state_.guard.anomalies;
  const double rate = state_.guard.rate * parts_.options.guard->rate_factor;
  const Clock::time_point start = start_;
  const std::size_t epoch = state_.epoch;
  if (const Result<void> restored = restore(*good_); !restored) return restored;
  start_ = start;
  if (state_.epoch < epoch)  // the time of what is given up is the earlier epoch's
    epoch_start_ -= std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(state_.epoch_seconds));
  good_due_ = checkpoint_due_ = false;
  state_.guard.anomalies = anomalies;
  state_.guard.rate = rate;
  return train_->begin_epoch(state_.epoch, state_.epoch_iteration);
}

}  // namespace treadle::training
