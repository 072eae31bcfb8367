// A run for other programs: JSON and CSV.
#include <treadle/run_report.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include "formats/file.hpp"
#include "formats/json_writer.hpp"
#include "report/anomaly.hpp"

namespace treadle::reporting {
namespace {

using formats::JsonWriter;

double or_nan(const std::optional<double>& number) { return number.value_or(std::numeric_limits<double>::quiet_NaN()); }

void write_members(JsonWriter& json, const char* name, const std::vector<PlainMember>& members) {
  json.key(name).begin_object();
  for (const PlainMember& member : members) {
    json.key(member.name);
    std::visit(
        [&]<class Value>(const Value& value) {
          if constexpr (std::is_same_v<Value, std::nullptr_t>)
            json.value(std::numeric_limits<double>::quiet_NaN());
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

/// Quoted where it must be: RFC 4180.
std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "";
  char room[40];
  return {room, std::to_chars(room, room + sizeof room, value).ptr};
}

}  // namespace

std::string run_json(const RunRecord& run) {
  JsonWriter json;
  json.begin_object().key("run").value(run.name);
  write_members(json, "job", run.job);
  write_members(json, "result", run.result);
  json.key("epochs").begin_array();
  for (const LoggedEpoch& epoch : run.log.epochs) write_epoch(json, epoch);
  json.end_array().key("iterations").begin_array();
  for (const LoggedIteration& iteration : run.log.iterations)
    json.begin_object()
        .key("iteration")
        .value(iteration.iteration)
        .key("epoch")
        .value(iteration.epoch)
        .key("loss")
        .value(iteration.loss)
        .key("learning_rate")
        .value(or_nan(iteration.learning_rate))
        .end_object();
  json.end_array().key("validations").begin_array();
  for (const LoggedValidation& validation : run.log.validations) {
    json.begin_object().key("iteration").value(validation.iteration).key("epoch").value(validation.epoch);
    json.key("loss").value(validation.loss).key("accuracy").value(validation.accuracy).end_object();
  }
  json.end_array().key("anomalies").begin_array();
  for (const LoggedAnomaly& anomaly : run.log.anomalies) write_anomaly(json, anomaly);
  json.end_array();
  if (run.memory) write_memory(json, *run.memory);
  json.key("layers").begin_array();
  for (const LayerMemory& layer : run.layers) {
    json.begin_object().key("name").value(layer.name);
    write_memory(json, layer.memory);
    json.end_object();
  }
  json.end_array();
  if (run.times) write_times(json, *run.times);
  json.key("confusion").begin_array();
  for (std::size_t target = 0; target < run.classes; ++target) {
    json.begin_array();
    for (std::size_t i = 0; i < run.classes; ++i) json.value(run.confusion[target * run.classes + i]);
    json.end_array();
  }
  return json.end_array().key("torn").value(run.log.torn).end_object().take() + '\n';
}

std::string run_csv(const RunRecord& run) {
  std::string text =
      "epoch,iterations,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds,"
      "samples_per_second\n";
  for (const LoggedEpoch& epoch : run.log.epochs) {
    text += std::to_string(epoch.epoch) + ',' + std::to_string(epoch.iterations);
    for (const double number :
         {epoch.train_loss, epoch.train_accuracy, or_nan(epoch.validation_loss), or_nan(epoch.validation_accuracy),
          or_nan(epoch.learning_rate), epoch.seconds, epoch.samples_per_second})
      text += ',' + number_text(number);
    text += '\n';
  }
  return text;
}

std::string validations_csv(const RunRecord& run) {
  std::string text = "iteration,epoch,validation_loss,validation_accuracy\n";
  for (const LoggedValidation& validation : run.log.validations)
    text += std::to_string(validation.iteration) + ',' + std::to_string(validation.epoch) + ',' +
            number_text(validation.loss) + ',' + number_text(validation.accuracy) + '\n';
  return text;
}

std::string times_csv(const RunRecord& run) {
  std::string text = "part,layer,call,seconds,share\n";
  if (!run.times) return text;
  const double all = run.times->seconds;
  const auto add = [&](const std::string& part, const std::string& layer, const std::string& call, double seconds) {
    text += part + ',' + csv_text(layer) + ',' + csv_text(call) + ',' + number_text(seconds) + ',' +
            number_text(all > 0 ? seconds / all : 0) + '\n';
  };
  add("waiting", "", "", run.times->waiting);
  for (const CallTime& call : run.times->calls) add(call.part, call.layer, call.name, call.seconds);
  add("other", "", "", run.times->other);
  return text;
}

Result<void> write_text(const std::string& path, std::string_view text) {
  return formats::write_file(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace treadle::reporting
