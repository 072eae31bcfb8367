// The fields of what goes into a checkpoint beside the parameters and the optimizer's state, by name. A new field of a
// struct joins its list here; writing and reading follow.
#pragma once

#include <treadle/optimizers.hpp>
#include <treadle/training.hpp>

#include <concepts>
#include <type_traits>

#include "training/run_state.hpp"

namespace treadle::training {

/// T, const or not: the same list serves writing and reading.
template <class Given, class T>
concept Like = std::same_as<std::remove_const_t<Given>, T>;

template <Like<Evaluation> T, class Visit>
void visit_fields(T& evaluation, Visit&& visit) {
  visit("loss", evaluation.loss);
  visit("accuracy", evaluation.accuracy);
}

template <Like<ValidationRecord> T, class Visit>
void visit_fields(T& record, Visit&& visit) {
  visit("epoch", record.epoch);
  visit("iteration", record.iteration);
  visit("run_iteration", record.run_iteration);
  visit("at_epoch_end", record.at_epoch_end);
  visit("evaluation", record.evaluation);
}

/// The number of the run's epochs is among its options.
template <Like<EpochRecord> T, class Visit>
void visit_fields(T& record, Visit&& visit) {
  visit("epoch", record.epoch);
  visit("iterations", record.iterations);
  visit("train_loss", record.train_loss);
  visit("train_accuracy", record.train_accuracy);
  visit("validation", record.validation);
  visit("seconds", record.seconds);
  visit("samples_per_second", record.samples_per_second);
  visit("learning_rate", record.learning_rate);
}

template <Like<Totals> T, class Visit>
void visit_fields(T& totals, Visit&& visit) {
  visit("loss", totals.loss);
  visit("correct", totals.correct);
  visit("samples", totals.samples);
  visit("skipped", totals.skipped);
}

template <Like<EarlyStopState> T, class Visit>
void visit_fields(T& state, Visit&& visit) {
  visit("best", state.best);
  visit("best_epoch", state.best_epoch);
  visit("waited", state.waited);
}

template <Like<PlateauState> T, class Visit>
void visit_fields(T& state, Visit&& visit) {
  visit("best", state.best);
  visit("waited", state.waited);
  visit("cooldown", state.cooldown);
  visit("factor", state.factor);
}

template <Like<GuardState> T, class Visit>
void visit_fields(T& state, Visit&& visit) {
  visit("recent", state.recent);
  visit("anomalies", state.anomalies);
  visit("rate", state.rate);
}

template <Like<OptimizerProgress> T, class Visit>
void visit_fields(T& progress, Visit&& visit) {
  visit("beta1_power", progress.beta1_power);
  visit("beta2_power", progress.beta2_power);
}

/// All but the records of epochs and validations, of which there may be many: they are tensors (record_table.hpp).
template <Like<RunState> T, class Visit>
void visit_fields(T& state, Visit&& visit) {
  visit("iteration", state.iteration);
  visit("epoch", state.epoch);
  visit("epoch_iteration", state.epoch_iteration);
  visit("validated", state.validated);
  visit("totals", state.totals);
  visit("epoch_seconds", state.epoch_seconds);
  visit("finished_seconds", state.finished_seconds);
  visit("seconds", state.seconds);
  visit("early_stop", state.early_stop);
  visit("plateau", state.plateau);
  visit("guard", state.guard);
  visit("best", state.best);
  visit("best_epoch", state.best_epoch);
}

}  // namespace treadle::training
