#include "run_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "confusion.hpp"
#include "errors.hpp"
#include "files.hpp"
#include "options.hpp"
#include "output.hpp"
#include "plan_json.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

/// Whether the log has a line for this iteration of the run: a curve falls most where it begins.
bool logged(std::uint64_t iteration) { return iteration % (iteration <= 100 ? 1 : iteration <= 1000 ? 10 : 100) == 0; }

std::string logged(AnomalyCause cause) {
  return cause == AnomalyCause::loss ? "loss" : cause == AnomalyCause::gradient ? "gradient" : "spike";
}

std::string logged(GuardAction action) {
  return action == GuardAction::stop ? "stop" : action == GuardAction::skip ? "skip" : "roll-back";
}

}  // namespace

std::string validation_line(const ValidationRecord& record) {
  return log_line(
      LoggedValidation{record.run_iteration, record.epoch, record.evaluation.loss, record.evaluation.accuracy});
}

RunFolder::RunFolder(std::string path, bool resume) : path_(std::move(path)), lock_(lock_folder("--run", path_)) {
  std::error_code problem;
  if (!resume && fs::exists(file(reporting::run_files::log), problem))
    throw Failure("--run '" + path_ + "' holds a run already; name another folder, or give --resume");
}

std::string RunFolder::job_of(const std::string& path) {
  std::error_code problem;
  const std::string job = path + "/" + reporting::run_files::job;
  return fs::exists(job, problem) ? job : "";
}

std::optional<Json> RunFolder::result() const {
  std::ifstream in(file(reporting::run_files::result), std::ios::binary);
  Json result = in ? Json::parse(in, nullptr, false) : Json();
  return result.is_object() ? std::optional(std::move(result)) : std::nullopt;
}

bool RunFolder::is_of(const CommandLine& line) const {
  constexpr std::string_view how_it_runs[] = {
      "resume",           "quiet",       "json",   "threads",  "memory",     "micro-batch", "buffers",
      "readers",          "mapped",      "cpus",   "priority", "duty-cycle", "nice",        "checkpoint-every",
      "checkpoint-limit", "checkpoints", "profile"};
  JobEntries asked = job_entries(line.effective()), here = read_job(file(reporting::run_files::job));
  for (JobEntries* job : {&asked, &here})
    std::erase_if(
        *job, [&](const auto& entry) { return std::ranges::find(how_it_runs, entry.name) != std::end(how_it_runs); });
  return std::ranges::equal(
      asked, here, [](const JobEntry& a, const JobEntry& b) { return a.name == b.name && a.value == b.value; });
}

/// Does nothing the second time.
void RunFolder::begin(const CommandLine& line, const PlanReport& plan, const data::IndexSet& held_out) {
  if (log_) return;
  // The result is that of a run which has ended.
  std::error_code problem;
  fs::remove(file(reporting::run_files::result), problem);
  Json job = kept_job_json(line.effective());
  job["resume"] = false;  // no part of the job: it would keep a copy of it from being refused where a run is
  write(reporting::run_files::job, job);
  write(reporting::run_files::plan, {{"batch_size", plan.batch_size},
                                     {"micro_batch", plan.micro_batch},
                                     {"isa", name(plan.isa)},
                                     {"memory", memory_json(plan.memory)},
                                     {"layers", layers_json(plan.layers)}});
  if (!held_out.empty()) {
    std::string indices;
    for (std::size_t i = 0; i < held_out.size(); ++i) indices.append(std::to_string(held_out[i])).append(1, '\n');
    reporting::write_text(file(reporting::run_files::validation_indices), indices).value();
  }
  log_.emplace(LineFile::open(file(reporting::run_files::log)).value());
}

void RunFolder::watch(Trainer& trainer, const CommandLine& line, const PlanReport& plan,
                      const data::IndexSet& held_out) {
  trainer.on_epoch_begin([&, this](const BeginRecord&) { begin(line, plan, held_out); });
  trainer.on_iteration_end([this](const IterationRecord& record) { log(record); });
  trainer.on_epoch_end([this](const EpochRecord& record) { log(record); });
  trainer.on_validation_end([this](const ValidationRecord& record) {
    if (!record.at_epoch_end) append(validation_line(record));
  });
  trainer.on_anomaly([this](const AnomalyRecord& record) {
    append(log_line(LoggedAnomaly{record.run_iteration,
                                  record.epoch,
                                  logged(record.cause),
                                  logged(record.action),
                                  static_cast<double>(record.loss),
                                  record.layer,
                                  {record.samples.begin(), record.samples.end()},
                                  record.rows.size() - record.samples.size() + record.more_rows}));
  });
  trainer.on_resume([&, this](const ResumeRecord& record) {
    begin(line, plan, held_out);
    for (const EpochRecord& epoch : record.epochs) log(epoch);
    for (const ValidationRecord& validation : record.validations) append(validation_line(validation));
  });
}

void RunFolder::log(const IterationRecord& record) {
  const std::uint64_t iteration = (record.epoch - 1) * std::uint64_t{record.iterations} + record.iteration;
  if (logged(iteration))
    append(log_line(LoggedIteration{iteration, record.epoch, static_cast<double>(record.loss),
                                    as_written(static_cast<float>(record.learning_rate))}));
}

void RunFolder::log(const EpochRecord& record) {
  LoggedEpoch epoch;
  epoch.epoch = record.epoch;
  epoch.iterations = record.iterations;
  epoch.train_loss = record.train_loss;
  epoch.train_accuracy = record.train_accuracy;
  if (record.validation) {
    epoch.validation_loss = record.validation->loss;
    epoch.validation_accuracy = record.validation->accuracy;
  }
  epoch.learning_rate = as_written(static_cast<float>(record.learning_rate));
  epoch.seconds = record.seconds;
  epoch.samples_per_second = record.samples_per_second;
  append(log_line(epoch));
}

void RunFolder::append(const std::string& line) {
  if (problem_) problem_ = log_->append(line);
}

void RunFolder::write_result(Json result, const Model& model, const data::Samples& validation, std::size_t threads) {
  if (data::info(validation).size > 0) {
    const ClassificationReport report = measure(model, validation, threads).report;
    result["by_class"] = class_counts_json(report);
    if (!report.confusion.empty()) result["confusion"] = confusion_json(report);
  }
  write(reporting::run_files::result, result);
}

void RunFolder::log_end(std::string_view reason) {
  if (log_) append(log_line(LoggedEnd{std::string(reason)}));
}

void RunFolder::end() {
  problem_.value();
  reporting::write_text(page(), reporting::run_page(reporting::read_run(path_).value())).value();
}

void RunFolder::write(const char* name, const Json& object) const {
  reporting::write_text(file(name), json_line(object)).value();
}

}  // namespace treadle::tool
