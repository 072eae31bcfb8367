#include "train_result.hpp"

#include <treadle/run_report.hpp>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "output.hpp"
#include "run_folder.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

/// What the log and the result say of an epoch alike.
void add_figures(Json& object, const EpochRecord& record) {
  object["train_loss"] = record.train_loss;
  object["train_accuracy"] = record.train_accuracy;
  object["validation_loss"] = record.validation ? Json(record.validation->loss) : Json();
  object["validation_accuracy"] = record.validation ? Json(record.validation->accuracy) : Json();
}

/// Classes that are counted from 1 train well, with an output that nothing needs.
std::string without_first_class(const data::Samples& train) {
  const auto* const samples = std::get_if<data::Dataset>(&train);
  if (samples == nullptr || std::ranges::find(samples->labels(), 0) != samples->labels().end()) return "";
  return "; none is of class 0, from which classes are counted";
}

/// What samples of two axes are taken for, in case they are images.
std::string signals(const Shape& sample) {
  if (sample.rank() != 2) return "";
  return ", signals of " + counted(sample[0], "moment") + " and " + counted(sample[1], "channel");
}

/// What ends the run, whichever comes first: "20 epochs or 2 h 0 min".
std::string limits_text(const LimitOptions& limits) {
  std::string text;
  const auto add = [&text](const std::string& limit) { text += (text.empty() ? "" : " or ") + limit; };
  if (limits.epochs) add(counted(*limits.epochs, "epoch"));
  if (limits.max_iterations != 0) add(counted(limits.max_iterations, "iteration"));
  if (limits.max_seconds >= 60) add(duration_text(limits.max_seconds));
  if (limits.max_seconds > 0 && limits.max_seconds < 60) add(shortest(static_cast<float>(limits.max_seconds)) + " s");
  if (limits.patience != 0) add(counted(limits.patience, "validation") + " without a better one");
  return text;
}

/// The epoch whose parameters the model has; where they are of a validation within it, with what that found.
EpochRecord final_epoch(const History& history) {
  if (!history.best) return history.epochs.back();
  EpochRecord epoch = history.best_epoch.value();
  epoch.validation = history.best->evaluation;
  return epoch;
}

/// Why the run ended before its last epoch, and which epoch's parameters it kept, if not the last.
std::string ended(const History& history) {
  std::string text;
  if (history.stopped != StopReason::epochs)
    text += "ended in epoch " + grouped(history.epochs.back().epoch) + ": " +
            (history.stopped == StopReason::no_improvement ? "" : "limit of ") +
            std::string(stop_name(history.stopped)) + "\n";
  if (history.best)
    text += "kept " + (history.best->at_epoch_end ? "" : "iteration " + grouped(history.best->iteration) + " of ") +
            "epoch " + grouped(history.best->epoch) + ", the best\n";
  return text;
}

/// Where a line stands in a log: its epoch, and the iteration of a validation within it; an epoch's own line is its
/// last.
using LogPlace = std::pair<std::uint64_t, std::uint64_t>;
constexpr std::uint64_t after_iterations = UINT64_MAX;

LogPlace place_of(const EpochRecord& record) { return {record.epoch, after_iterations}; }
LogPlace place_of(const ValidationRecord& record) { return {record.epoch, record.run_iteration}; }

/// From where on the checkpoint has all records.
LogPlace first_known(const ResumeRecord& record) {
  LogPlace first{};
  if (!record.epochs.empty() && record.epochs[0].epoch > 1) first = place_of(record.epochs[0]);
  if (record.validations.size() == most_records) first = std::max(first, place_of(record.validations[0]));
  return first;
}

std::string_view part_name(StepPart part) {
  switch (part) {
    case StepPart::forward:
      return "forward";
    case StepPart::loss:
      return "loss";
    case StepPart::backward:
      return "backward";
    case StepPart::update:
      return "update";
  }
  return "unknown";
}

Json profile_json(const RunProfile& profile) {
  Json object = {{"iterations", profile.iterations},
                 {"seconds", profile.seconds},
                 {"waiting", profile.waiting},
                 {"other", profile.other},
                 {"calls", Json::array()}};
  for (const CallSeconds& call : profile.calls)
    object["calls"].push_back(
        {{"part", part_name(call.part)}, {"layer", call.layer}, {"name", call.name}, {"seconds", call.seconds}});
  return object;
}

}  // namespace

std::string_view stop_name(StopReason reason) {
  switch (reason) {
    case StopReason::epochs:
      return "epochs";
    case StopReason::iterations:
      return "iterations";
    case StopReason::time:
      return "time";
    case StopReason::no_improvement:
      return "no improvement";
    case StopReason::request:
      return "request";
    case StopReason::anomaly:
      return "anomaly";
  }
  return "unknown";
}

std::string describe(const TrainOptions& options, const TrainRun& run) {
  const Shape output = run.model.output().value();
  const std::string_view validated = run.loaded.validated_part;
  std::string text = "model     " + options.model + ": " + shape_text(run.model.input()) + " -> " + shape_text(output) +
                     ", " + counted(run.plan.parameters, "parameter") + "\n";
  text += "data      " + counted(data::info(run.loaded.parts.train).size, "training sample") + ", " +
          counted(data::info(run.loaded.parts.validation).size, "validation sample") +
          (validated.empty() ? "" : " (the " + std::string(validated) + " part)") + csv_text(options.data) +
          signals(data::info(run.loaded.parts.train).shape) +
          (run.model.normalization().empty() ? "" : ", normalised") + without_first_class(run.loaded.parts.train) +
          "\n";
  text += "training  " + limits_text(options.limits) + ", batch " + grouped(options.batch.batch_size);
  if (options.batch.accumulate > 1) text += " times " + std::to_string(options.batch.accumulate);
  if (run.plan.micro_batch < options.batch.batch_size) text += " (micro-batch " + grouped(run.plan.micro_batch) + ")";
  text += ", " + std::string(options.optimizer.name) + ", seed " + std::to_string(options.seed) + "\n";
  text += "step      " + human_bytes(run.plan.memory.total()) + ", " + std::string(name(run.isa)) + ", " +
          (options.threads == 0 ? "a thread for each CPU" : counted(options.threads, "thread")) + "\n";
  return text;
}

std::string log_line(const EpochRecord& record) {
  Json object = {{"epoch", record.epoch}, {"iterations", record.iterations}};
  add_figures(object, record);
  object["seconds"] = record.seconds;
  object["samples_per_second"] = record.samples_per_second;
  return json_line(object);
}

std::uintmax_t kept_log(const std::string& path, const ResumeRecord& record) {
  const LogPlace first = first_known(record);
  std::ifstream in(path, std::ios::binary);
  std::uintmax_t kept = 0;
  for (std::string text; std::getline(in, text) && !in.eof(); kept += text.size() + 1) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("epoch")) break;
    if (LogPlace{line.value("epoch", after_iterations), line.value("iteration", after_iterations)} >= first) break;
  }
  return kept;
}

std::vector<std::string> logged_before(const ResumeRecord& record) {
  std::vector<std::string> log;
  const LogPlace first = first_known(record);
  auto validation = record.validations.begin();
  const auto add_validations = [&](std::size_t until) {
    for (; validation != record.validations.end() && validation->epoch <= until; ++validation)
      if (place_of(*validation) >= first) log.push_back(validation_line(*validation));
  };
  for (const EpochRecord& epoch : record.epochs) {
    add_validations(epoch.epoch);
    if (place_of(epoch) >= first) log.push_back(log_line(epoch));
  }
  add_validations(record.epoch);
  return log;
}

Json result_json(const TrainOptions& options, const TrainRun& run, const History& history) {
  Json object = {{"model", options.is_trial() ? Json() : Json(options.out)},
                 {"parameters", run.plan.parameters},
                 {"train_samples", data::info(run.loaded.parts.train).size},
                 {"validation_samples", data::info(run.loaded.parts.validation).size},
                 {"epochs", history.epochs.back().epoch},
                 {"batch_size", run.plan.batch_size},
                 {"micro_batch", run.plan.micro_batch},
                 {"memory", run.plan.memory.total()},
                 {"optimizer", options.optimizer.name},
                 {"learning_rate", as_written(learning_rate(run.optimizer))},
                 {"seed", options.seed},
                 {"threads", options.threads},
                 {"isa", name(run.isa)}};
  add_figures(object, final_epoch(history));
  if (!run.model.class_names().empty()) object["classes"] = names_of(run.model);
  object["stopped"] = stop_name(history.stopped);
  object["best_epoch"] = history.best ? Json(history.best->epoch) : Json();
  object["seconds"] = history.seconds;
  if (history.profile) object["profile"] = profile_json(*history.profile);
  return object;
}

std::string result_text(const TrainOptions& options, const History& history) {
  const EpochRecord last = final_epoch(history);
  std::string text = ended(history);
  text += last.validation ? "validation accuracy " + percent(last.validation->accuracy)
                          : "training accuracy " + percent(last.train_accuracy);
  text += " after " + fixed(history.seconds, 1) + " s of training\n";
  if (options.is_trial()) return text + "tried out: no model and nothing else was written\n";
  text += "model written to " + options.out + "\n";
  if (!options.log.empty()) text += "log written to " + options.log + "\n";
  if (!options.run.empty()) text += "report written to " + options.run + "/" + reporting::run_files::page + "\n";
  return text;
}

}  // namespace treadle::tool
