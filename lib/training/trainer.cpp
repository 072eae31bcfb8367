// The public face of a run: checks what it is given, then lets it go.
#include <treadle/training.hpp>

#include "base/out_of_memory.hpp"
#include "training/check_data.hpp"
#include "training/check_options.hpp"
#include "training/effective.hpp"
#include "training/placed.hpp"
#include "training/run.hpp"

namespace treadle {

void Trainer::on_epoch_begin(std::function<void(const BeginRecord&)> callback) {
  callbacks_.epoch_begin.push_back(std::move(callback));
}

void Trainer::on_iteration_begin(std::function<void(const BeginRecord&)> callback) {
  callbacks_.iteration_begin.push_back(std::move(callback));
}

void Trainer::on_batch(std::function<void(const BatchRecord&)> callback) {
  callbacks_.batch.push_back(std::move(callback));
}

void Trainer::on_validation_begin(std::function<void(const BeginRecord&)> callback) {
  callbacks_.validation_begin.push_back(std::move(callback));
}

void Trainer::on_validation_end(std::function<void(const ValidationRecord&)> callback) {
  callbacks_.validation_end.push_back(std::move(callback));
}

void Trainer::on_anomaly(std::function<void(const AnomalyRecord&)> callback) {
  callbacks_.anomaly.push_back(std::move(callback));
}

void Trainer::on_iteration_end(std::function<void(const IterationRecord&)> callback) {
  callbacks_.iteration_end.push_back(std::move(callback));
}

void Trainer::on_epoch_end(std::function<void(const EpochRecord&)> callback) {
  callbacks_.epoch_end.push_back(std::move(callback));
}

void Trainer::on_checkpoint(std::function<void(const CheckpointRecord&)> callback) {
  callbacks_.checkpoint.push_back(std::move(callback));
}

void Trainer::on_resume(std::function<void(const ResumeRecord&)> callback) {
  callbacks_.resume.push_back(std::move(callback));
}

Result<History> Trainer::fit(const data::Samples& train, const data::Samples& validation) {
  const bool validated = data::info(validation).size > 0 || options_.overfit_batches > 0;
  if (const Result<void> checked = training::check_options(options_, validated); !checked) return checked.error();
  if (const Result<void> checked = training::check_data("fit: training data", *model_, data::info(train)); !checked)
    return checked.error();
  if (data::info(validation).size > 0)
    if (const Result<void> checked = training::check_data("fit: validation data", *model_, data::info(validation));
        !checked)
      return checked.error();
  const Result<TrainerOptions> options = training::effective(options_);
  if (!options) return options.error();
  std::optional<data::Samples> first;
  if (options->overfit_batches > 0) {
    Result<data::Samples> part = base::or_out_of_memory(
        "fit", [&] { return training::first_batches(train, options->overfit_batches, options->batch_size); });
    if (!part) return part.error();
    first = std::move(*part);
  }
  const training::RunParts parts{
      *model_, loss_, optimizer_, *options, callbacks_, first ? *first : train, first ? *first : validation};
  const auto train_all = [&]() -> Result<History> {
    Result<training::Run> run = base::or_out_of_memory("fit", [&] { return training::Run::make(parts); });
    if (!run) return run.error();
    return run->run();
  };
  return options->placement.changes_nothing() ? train_all() : training::run_placed(options->placement, train_all);
}

}  // namespace treadle
