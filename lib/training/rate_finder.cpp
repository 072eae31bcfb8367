// The range test as a run of the trainer whose schedule rises.
#include <treadle/rate_finder.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/out_of_memory.hpp"
#include "training/rate_curve.hpp"

namespace treadle {
namespace {

Result<void> check(const RateFinderOptions& finder) {
  const auto refuse = [](const char* what) { return Error{ErrorCode::invalid_argument, what}; };
  // As floats, which learning rates are.
  if (!(finder.least >= static_cast<double>(std::numeric_limits<float>::min())))
    return refuse("find_rate: least: expected a number above 0");
  if (!(finder.most > finder.least && finder.most <= static_cast<double>(std::numeric_limits<float>::max())))
    return refuse("find_rate: most: expected a finite number above `least`");
  if (finder.iterations < 2) return refuse("find_rate: iterations: expected at least 2");
  if (!(finder.smoothing >= 0 && finder.smoothing < 1))
    return refuse("find_rate: smoothing: expected a number in [0, 1)");
  if (!(finder.divergence > 1)) return refuse("find_rate: divergence: expected a number above 1");
  return {};
}

Optimizer with_rate(Optimizer optimizer, float rate) {
  std::visit([rate](auto& one) { one.learning_rate = rate; }, optimizer);
  return optimizer;
}

/// What is left of the options of a run.
TrainerOptions of_test(TrainerOptions options, const RateFinderOptions& finder, float most) {
  options.epochs = finder.iterations;  // at least: an epoch has one iteration or more
  options.max_iterations = finder.iterations;
  options.max_seconds = 0;
  options.schedule = ExponentialRise{.start = std::min(finder.least / static_cast<double>(most), 1.0)};
  options.warm_up = 0;
  options.early_stopping.reset();
  options.plateau.reset();
  options.validation_every = 0;
  options.guard.reset();
  options.fast_dev_run = 0;
  options.overfit_batches = 0;
  options.checkpoints.reset();
  return options;
}

/// What a test needs memory for.
struct Test {
  Model model;
  training::RateCurve curve;
};

Result<RateFinding> run(Test test, const Loss& loss, const Optimizer& optimizer, const data::Samples& train,
                        const TrainerOptions& options, const RateFinderOptions& finder) {
  const float most = static_cast<float>(finder.most);
  TrainerOptions own = of_test(options, finder, most);
  const auto asked = [&] { return options.stop != nullptr && options.stop->load(); };
  std::atomic<bool> stop = asked();
  own.stop = &stop;
  bool over = false;
  Trainer trainer(test.model, loss, with_rate(optimizer, most), own);
  trainer.on_iteration_end([&](const IterationRecord& record) {
    over = !test.curve.add(record.learning_rate, static_cast<double>(record.loss));
    if (finder.on_point && std::isfinite(record.loss)) finder.on_point(test.curve.last());
    stop = over || asked();
  });
  const Result<History> history = trainer.fit(train);
  if (!history) return history.error();
  RateFinding finding = test.curve.finish();
  if (!over && finding.points.size() < finder.iterations) finding.end = RateFinderEnd::request;
  return finding;
}

}  // namespace

Result<RateFinding> find_rate(const Model& model, const Loss& loss, const Optimizer& optimizer,
                              const data::Samples& train, const TrainerOptions& options,
                              const RateFinderOptions& finder) {
  if (const Result<void> checked = check(finder); !checked) return checked.error();
  Result<Test> test = base::or_out_of_memory("find_rate", [&]() -> Result<Test> {
    return Test{model, training::RateCurve(finder)};
  });
  if (!test) return test.error();
  return run(std::move(*test), loss, optimizer, train, options, finder);
}

}  // namespace treadle
