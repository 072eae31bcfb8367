// A checkpoint's parts by hand, without a run.
#pragma once

#include <treadle/model.hpp>

#include <limits>
#include <string>

#include "support/random_values.hpp"
#include "training/checkpoint_format.hpp"

namespace treadle::test {

inline Model checkpoint_model() { return Model({3}, {Dense{2}, Relu{}, Dense{2, false}}); }

inline training::CheckpointLayout checkpoint_layout(const training::RecordLimits& limits = {2, 2}) {
  return training::CheckpointLayout::make(checkpoint_model(), Adam{}, true, limits).value();
}

inline training::Fingerprint checkpoint_fingerprint() { return {{"layers", "two"}, {"seed", "1"}}; }

/// Every field is set; the values are different ones for each `seed`.
inline training::Snapshot checkpoint_snapshot(std::uint64_t seed) {
  training::Snapshot snapshot = checkpoint_layout().room();
  snapshot.parameters = random_values(snapshot.parameters.size(), seed);
  snapshot.optimizer_state = random_values(snapshot.optimizer_state.size(), seed + 100);
  snapshot.best_parameters = random_values(snapshot.best_parameters.size(), seed + 200);
  snapshot.progress = {.beta1_power = 1.0 / 3.0, .beta2_power = std::numeric_limits<double>::denorm_min()};
  training::RunState& state = snapshot.state;
  state.iteration = seed;
  state.epoch = 3;
  state.epoch_iteration = 7;
  state.validated = 5;
  state.totals = {.loss = 0.1 + 0.2, .correct = 5, .samples = 70, .skipped = 10};
  state.epoch_seconds = 1.5;
  state.seconds = 1e3;
  state.early_stop = {.best = -std::numeric_limits<double>::infinity(), .best_epoch = 1, .waited = 1};
  state.plateau = {.best = 0.75, .waited = 2, .cooldown = 1, .factor = 0.1};
  state.guard = {.recent = {0.5, 1e-30}, .anomalies = 3, .rate = 0.25};
  state.finished_seconds = 0.25;
  state.best = ValidationRecord{
      .epoch = 1, .iteration = 5, .evaluation = {.loss = 1.0 / 3.0}, .run_iteration = 5, .at_epoch_end = true};
  state.epochs.resize(2);
  state.epochs[0].epoch = 1;
  state.epochs[0].train_loss = 0.5;
  state.epochs[0].learning_rate = 1e-3;
  state.epochs[0].validation = Evaluation{.loss = 0.25, .accuracy = 0.75};
  state.epochs[1].epoch = 2;
  state.epochs[1].iterations = 7;
  state.epochs[1].seconds = 1e-3;
  state.best_epoch = state.epochs[0];
  state.epochs[1].train_loss = std::numeric_limits<double>::quiet_NaN();
  state.validations = {{.epoch = 1, .iteration = 4, .evaluation = {.loss = 0.125, .accuracy = 0.5}, .run_iteration = 4},
                       {.epoch = 3,
                        .iteration = 5,
                        .evaluation = {.loss = std::numeric_limits<double>::infinity()},
                        .run_iteration = 25}};
  return snapshot;
}

}  // namespace treadle::test
