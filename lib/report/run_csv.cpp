// A run for other programs, table by table.
#include <treadle/run_report.hpp>

#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/out_of_memory.hpp"
#include "report/run_parts.hpp"

namespace treadle::reporting {
namespace {

std::string number_text(double value) {
  if (!std::isfinite(value)) return "";
  char room[40];
  return {room, std::to_chars(room, room + sizeof room, value).ptr};
}

/// Lines of cells, each quoted where it must be: RFC 4180.
class Csv {
 public:
  explicit Csv(std::string_view head) : text_(std::string(head) + '\n') {}

  Csv& cell(std::string_view text) {
    separate();
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      text_ += text;
      return *this;
    }
    text_ += '"';
    for (const char c : text) text_ += c == '"' ? std::string("\"\"") : std::string(1, c);
    text_ += '"';
    return *this;
  }
  Csv& cell(const std::string& text) { return cell(std::string_view(text)); }
  Csv& cell(std::uint64_t number) { return cell(std::to_string(number)); }
  Csv& cell(double number) { return cell(number_text(number)); }
  Csv& cell(const std::optional<double>& number) { return cell(or_nan(number)); }
  void end() {
    text_ += '\n';
    first_ = true;
  }
  std::string take() { return std::move(text_); }

 private:
  void separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }

  std::string text_;
  bool first_ = true;
};

Result<std::string> epochs_csv(const RunRecord& run) {
  Csv csv(
      "epoch,iterations,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
      "samples_per_second");
  for (const LoggedEpoch& epoch : run.log.epochs)
    csv.cell(epoch.epoch)
        .cell(epoch.iterations)
        .cell(epoch.train_loss)
        .cell(epoch.train_accuracy)
        .cell(epoch.validation_loss)
        .cell(epoch.validation_accuracy)
        .cell(epoch.learning_rate)
        .cell(epoch.seconds)
        .cell(epoch.samples_per_second)
        .end();
  return csv.take();
}

Result<std::string> iterations_csv(const RunRecord& run) {
  Csv csv("iteration,epoch,loss,learning_rate");
  for (const LoggedIteration& iteration : run.log.iterations)
    csv.cell(iteration.iteration).cell(iteration.epoch).cell(iteration.loss).cell(iteration.learning_rate).end();
  return csv.take();
}

Result<std::string> validations_csv(const RunRecord& run) {
  Csv csv("iteration,epoch,validation_loss,validation_accuracy");
  for (const LoggedValidation& validation : run.log.validations)
    csv.cell(validation.iteration).cell(validation.epoch).cell(validation.loss).cell(validation.accuracy).end();
  return csv.take();
}

Result<std::string> anomalies_csv(const RunRecord& run) {
  Csv csv("iteration,epoch,anomaly,action,loss,layer,samples,more_samples");
  for (const LoggedAnomaly& anomaly : run.log.anomalies) {
    std::string samples;
    for (const std::uint64_t sample : anomaly.samples) samples += (samples.empty() ? "" : " ") + std::to_string(sample);
    csv.cell(anomaly.iteration).cell(anomaly.epoch).cell(anomaly.cause).cell(anomaly.action).cell(anomaly.loss);
    csv.cell(anomaly.layer).cell(samples).cell(anomaly.more_samples).end();
  }
  return csv.take();
}

Result<std::string> confusion_csv(const RunRecord& run) {
  if (run.confusion.empty())
    return Error{ErrorCode::not_found,
                 "the run has no confusion matrix: it has no result yet, no validation data, or too "
                 "many classes"};
  Csv csv("target,predicted,samples");
  for (std::size_t target = 0; target < run.classes; ++target)
    for (std::size_t i = 0; i < run.classes; ++i)
      csv.cell(class_name(run, target)).cell(class_name(run, i)).cell(run.confusion[target * run.classes + i]).end();
  return csv.take();
}

Result<std::string> classes_csv(const RunRecord& run) {
  if (run.by_class.empty())
    return Error{ErrorCode::not_found, "no classes were counted: the run has no result yet, or no validation data"};
  Csv csv("class,samples,precision,recall");
  for (std::size_t i = 0; i < run.classes; ++i)
    csv.cell(class_name(run, i))
        .cell(run.by_class[i].samples)
        .cell(precision(run.by_class[i]))
        .cell(recall(run.by_class[i]))
        .end();
  return csv.take();
}

Result<std::string> times_csv(const RunRecord& run) {
  if (!run.times)
    return Error{
        ErrorCode::not_found,
        "the run was not profiled: it is no folder of treadle train --run, or had a duty cycle, or has not ended"};
  Csv csv("part,layer,call,seconds,share");
  const double all = run.times->seconds;
  const auto add = [&](std::string_view part, std::string_view layer, std::string_view call, double seconds) {
    csv.cell(part).cell(layer).cell(call).cell(seconds).cell(all > 0 ? seconds / all : 0.0).end();
  };
  add("waiting", "", "", run.times->waiting);
  for (const CallTime& call : run.times->calls) add(call.part, call.layer, call.name, call.seconds);
  add("other", "", "", run.times->other);
  return csv.take();
}

Result<std::string> memory_csv(const RunRecord& run) {
  if (!run.memory)
    return Error{ErrorCode::not_found, "the memory of the step is not known: it is no folder of treadle train --run"};
  Csv csv("layer,parameters,gradients,optimizer_state,activations,workspace,plan,total");
  const auto add = [&](std::string_view layer, const MemoryReport& memory) {
    csv.cell(layer);
    for (const MemoryKind kind : {MemoryKind::parameter, MemoryKind::gradient, MemoryKind::optimizer_state,
                                  MemoryKind::activation, MemoryKind::workspace, MemoryKind::plan})
      csv.cell(std::uint64_t{memory[kind]});
    csv.cell(std::uint64_t{memory.total()}).end();
  };
  add("step", *run.memory);
  for (const LayerMemory& layer : run.layers) add(layer.name, layer.memory);
  return csv.take();
}

/// As JSON has it; null is empty.
struct CellOf {
  std::string operator()(std::nullptr_t) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return value; }
};

std::string members_csv(const std::vector<PlainMember>& members) {
  Csv csv("name,value");
  for (const PlainMember& member : members) csv.cell(member.name).cell(std::visit(CellOf{}, member.value)).end();
  return csv.take();
}

Result<std::string> result_csv(const RunRecord& run) { return members_csv(run.result); }
Result<std::string> job_csv(const RunRecord& run) { return members_csv(run.job); }

using Writer = Result<std::string> (*)(const RunRecord&);
constexpr Writer writers[] = {epochs_csv,  iterations_csv, validations_csv, anomalies_csv, confusion_csv,
                              classes_csv, times_csv,      memory_csv,      result_csv,    job_csv};
static_assert(std::size(writers) == std::size(run_tables));

}  // namespace

Result<std::string> run_csv(const RunRecord& run, std::string_view table) {
  for (std::size_t i = 0; i < std::size(run_tables); ++i)
    if (run_tables[i] == table)
      return base::or_out_of_memory("CSV", [&]() -> Result<std::string> { return writers[i](run); });
  return Error{ErrorCode::invalid_argument, Message{"expected a table of a run, got '"} << table << "'"};
}

}  // namespace treadle::reporting
