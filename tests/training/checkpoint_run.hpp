// A small run with checkpoints, for the tests that interrupt it.
#pragma once

#include <doctest/doctest.h>
#include <treadle/training.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/networks.hpp"

namespace treadle::test {

/// Three classes that the first three of 35 values tell apart.
inline data::Dataset make_data(std::size_t samples, std::uint64_t seed = 1) {
  std::vector<std::int32_t> labels = random_classes(samples, 3, seed);
  std::vector<float> values = random_values(samples * 35, seed);
  for (std::size_t i = 0; i < samples; ++i) values[i * 35 + static_cast<std::size_t>(labels[i])] += 2.0f;
  return data::Dataset::make({7, 5, 1}, std::move(values), std::move(labels), 3).value();
}

/// What a run is made of and what came of it.
struct CheckpointRun {
  Optimizer optimizer = AdamW{.learning_rate = 0.01f};
  TrainerOptions options{.epochs = 3, .batch_size = 10, .seed = 3};
  data::Samples train = make_data(47);
  data::Samples validation = make_data(21, 2);
  std::uint64_t stop_after = UINT64_MAX;  ///< iterations of this process

  std::vector<float> parameters{};
  std::vector<CheckpointRecord> records{};
  std::optional<ResumeRecord> resumed{};

  Result<History> fit() {
    std::atomic<bool> stop = stop_after == 0;
    std::uint64_t iterations = 0;
    options.stop = &stop;
    Model model = awkward_model();
    Trainer trainer(model, SoftmaxCrossEntropy{}, optimizer, options);
    trainer.on_iteration_end([&](const IterationRecord&) { stop = ++iterations >= stop_after; });
    trainer.on_checkpoint([&](const CheckpointRecord& record) { records.push_back(record); });
    trainer.on_resume([&](const ResumeRecord& record) { resumed = record; });
    const Result<History> history = trainer.fit(train, validation);
    parameters.assign(model.parameters().begin(), model.parameters().end());
    options.stop = nullptr;
    return history;
  }
};

/// All that does not depend on time.
inline bool same_history(const History& a, const History& b) {
  bool same = a.epochs.size() == b.epochs.size() && a.validations.size() == b.validations.size() &&
              a.best.has_value() == b.best.has_value() && a.stopped == b.stopped;
  if (same && a.best)
    same = a.best->run_iteration == b.best->run_iteration && a.best->evaluation.loss == b.best->evaluation.loss &&
           a.best->at_epoch_end == b.best->at_epoch_end;
  for (std::size_t i = 0; same && i < a.epochs.size(); ++i) {
    const EpochRecord &x = a.epochs[i], &y = b.epochs[i];
    same = x.epoch == y.epoch && x.epochs == y.epochs && x.iterations == y.iterations && x.train_loss == y.train_loss &&
           x.train_accuracy == y.train_accuracy && x.validation.has_value() == y.validation.has_value() &&
           (!x.validation ||
            (x.validation->loss == y.validation->loss && x.validation->accuracy == y.validation->accuracy));
  }
  for (std::size_t i = 0; same && i < a.validations.size(); ++i) {
    const ValidationRecord &x = a.validations[i], &y = b.validations[i];
    same = x.epoch == y.epoch && x.iteration == y.iteration && x.run_iteration == y.run_iteration &&
           x.at_epoch_end == y.at_epoch_end && x.evaluation.loss == y.evaluation.loss &&
           x.evaluation.accuracy == y.evaluation.accuracy;
  }
  return same;
}

/// Stopped after each `each` iterations and resumed, the run ends as `whole` did.
inline void check_resumed(const CheckpointRun& whole, const History& expected, std::uint64_t each) {
  const TemporaryFolder folder;
  CheckpointRun pieces{.optimizer = whole.optimizer,
                       .options = whole.options,
                       .train = whole.train,
                       .validation = whole.validation,
                       .stop_after = each};
  pieces.options.checkpoints =
      CheckpointOptions{.folder = folder / "checkpoints", .every_iterations = 1, .every_seconds = 0, .resume = true};
  History history;
  for (int process = 0; process < 100; ++process) {
    history = pieces.fit().value();
    if (history.stopped != StopReason::request) break;
  }
  CHECK(same_bits(pieces.parameters, whole.parameters));
  CHECK(same_history(history, expected));
  CHECK(history.anomalies == expected.anomalies);
}

}  // namespace treadle::test
