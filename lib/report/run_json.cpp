// A run for other programs, all of it.
#include <treadle/run_report.hpp>

#include <type_traits>

#include "formats/file.hpp"
#include "formats/json_writer.hpp"
#include "report/anomaly.hpp"
#include "report/run_parts.hpp"

namespace treadle::reporting {
namespace {

using formats::JsonWriter;

void write_members(JsonWriter& json, const char* name, const std::vector<PlainMember>& members) {
  json.key(name).begin_object();
  for (const PlainMember& member : members) {
    json.key(member.name);
    std::visit(
        [&]<class Value>(const Value& value) {
          if constexpr (std::is_same_v<Value, std::nullptr_t>)
            json.null();
          else
            json.value(value);
        },
        member.value);
  }
  json.end_object();
}

void write_memory(JsonWriter& json, const MemoryReport& memory) {
  json.key("memory").begin_object();
  for (std::size_t i = 0; i < memory_kinds; ++i) {
    std::string key(treadle::name(static_cast<MemoryKind>(i)));
    for (char& c : key)
      if (c == ' ') c = '_';
    json.key(key).value(memory.bytes[i]);
  }
  json.end_object();
}

void write_epoch(JsonWriter& json, const LoggedEpoch& epoch) {
  json.begin_object().key("epoch").value(epoch.epoch).key("iterations").value(epoch.iterations);
  json.key("train_loss").value(epoch.train_loss).key("train_accuracy").value(epoch.train_accuracy);
  json.key("validation_loss").value(or_nan(epoch.validation_loss));
  json.key("validation_accuracy").value(or_nan(epoch.validation_accuracy));
  json.key("learning_rate").value(or_nan(epoch.learning_rate)).key("seconds").value(epoch.seconds);
  json.key("samples_per_second").value(epoch.samples_per_second).end_object();
}

void write_times(JsonWriter& json, const StepTimes& times) {
  json.key("profile").begin_object().key("iterations").value(times.iterations);
  json.key("seconds").value(times.seconds).key("waiting").value(times.waiting).key("other").value(times.other);
  json.key("calls").begin_array();
  for (const CallTime& call : times.calls) {
    json.begin_object().key("part").value(call.part).key("layer").value(call.layer);
    json.key("name").value(call.name).key("seconds").value(call.seconds).end_object();
  }
  json.end_array().end_object();
}

void write_classes(JsonWriter& json, const RunRecord& run) {
  json.key("classes").begin_array();
  for (std::size_t i = 0; i < run.by_class.size(); ++i) {
    json.begin_object().key("class").value(i);
    if (!run.class_names.empty()) json.key("name").value(run.class_names[i]);
    json.key("samples").value(run.by_class[i].samples).key("precision").value(precision(run.by_class[i]));
    json.key("recall").value(recall(run.by_class[i])).end_object();
  }
  json.end_array().key("confusion").begin_array();
  for (std::size_t target = 0; target < run.classes && !run.confusion.empty(); ++target) {
    json.begin_array();
    for (std::size_t i = 0; i < run.classes; ++i) json.value(run.confusion[target * run.classes + i]);
    json.end_array();
  }
  json.end_array();
}

void write_log(JsonWriter& json, const RunLog& log) {
  json.key("epochs").begin_array();
  for (const LoggedEpoch& epoch : log.epochs) write_epoch(json, epoch);
  json.end_array().key("iterations").begin_array();
  for (const LoggedIteration& iteration : log.iterations) {
    json.begin_object().key("iteration").value(iteration.iteration).key("epoch").value(iteration.epoch);
    json.key("loss").value(iteration.loss).key("learning_rate").value(or_nan(iteration.learning_rate)).end_object();
  }
  json.end_array().key("validations").begin_array();
  for (const LoggedValidation& validation : log.validations) {
    json.begin_object().key("iteration").value(validation.iteration).key("epoch").value(validation.epoch);
    json.key("loss").value(validation.loss).key("accuracy").value(validation.accuracy).end_object();
  }
  json.end_array().key("anomalies").begin_array();
  for (const LoggedAnomaly& anomaly : log.anomalies) write_anomaly(json, anomaly);
  json.end_array();
}

}  // namespace

std::string run_json(const RunRecord& run) {
  JsonWriter json;
  json.begin_object().key("run").value(run.name).key("ended");
  if (const std::string reason = end_reason(run); reason.empty())
    json.null();
  else
    json.value(reason);
  write_members(json, "job", run.job);
  write_members(json, "result", run.result);
  write_log(json, run.log);
  if (run.memory) write_memory(json, *run.memory);
  json.key("layers").begin_array();
  for (const LayerMemory& layer : run.layers) {
    json.begin_object().key("name").value(layer.name);
    write_memory(json, layer.memory);
    json.end_object();
  }
  json.end_array();
  if (run.times) write_times(json, *run.times);
  write_classes(json, run);
  json.key("torn").value(run.log.torn).key("unread").begin_array();
  for (const std::string& problem : run.unread) json.value(problem);
  return json.end_array().end_object().take() + '\n';
}

Result<void> write_text(const std::string& path, std::string_view text) {
  return formats::write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace treadle::reporting
