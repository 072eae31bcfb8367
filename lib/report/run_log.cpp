#include <treadle/run_log.hpp>

#include <algorithm>
#include <limits>

#include "base/out_of_memory.hpp"
#include "formats/json.hpp"
#include "formats/json_writer.hpp"
#include "report/anomaly.hpp"
#include "report/json_fields.hpp"

namespace treadle {
namespace {

using formats::JsonValue;
using formats::JsonWriter;

void add(JsonWriter& json, std::string_view name, const std::optional<double>& number) {
  json.key(name).value(number.value_or(std::numeric_limits<double>::quiet_NaN()));
}

std::string line_of(JsonWriter& json) { return json.end_object().take() + '\n'; }

Result<LoggedEpoch> parse_epoch(JsonValue object) {
  reporting::Fields fields(object);
  LoggedEpoch epoch;
  fields.whole("epoch", epoch.epoch);
  fields.whole("iterations", epoch.iterations);
  fields.real("train_loss", epoch.train_loss);
  fields.real("train_accuracy", epoch.train_accuracy);
  fields.maybe_real("validation_loss", epoch.validation_loss);
  fields.maybe_real("validation_accuracy", epoch.validation_accuracy);
  fields.maybe_real("learning_rate", epoch.learning_rate);
  fields.real("seconds", epoch.seconds);
  fields.real("samples_per_second", epoch.samples_per_second);
  if (const Result<void> read = fields.result(); !read) return read.error();
  return epoch;
}

Result<LoggedIteration> parse_iteration(JsonValue object) {
  reporting::Fields fields(object);
  LoggedIteration iteration;
  fields.whole("iteration", iteration.iteration);
  fields.whole("epoch", iteration.epoch);
  fields.real("loss", iteration.loss);
  fields.maybe_real("learning_rate", iteration.learning_rate);
  if (const Result<void> read = fields.result(); !read) return read.error();
  return iteration;
}

Result<LoggedValidation> parse_validation(JsonValue object) {
  reporting::Fields fields(object);
  LoggedValidation validation;
  fields.whole("iteration", validation.iteration);
  fields.whole("epoch", validation.epoch);
  fields.real("validation_loss", validation.loss);
  fields.real("validation_accuracy", validation.accuracy);
  if (const Result<void> read = fields.result(); !read) return read.error();
  return validation;
}

/// Puts `record` behind those with a smaller `number`; the others are of an attempt that it takes the place of.
template <class Record, class Number>
void put(std::vector<Record>& records, const Record& record, Number Record::*number) {
  while (!records.empty() && records.back().*number >= record.*number) records.pop_back();
  records.push_back(record);
}

Result<void> parse_line(std::string_view line, RunLog& log) {
  const Result<formats::JsonDocument> document = formats::JsonDocument::parse(line);
  if (!document) return document.error();
  const JsonValue object = document->root();
  log.ended.clear();  // what follows an end is of a run that went on
  if (object.find("ended")) {
    reporting::Fields fields(object);
    fields.text("ended", log.ended);
    return fields.result();
  }
  if (object.find("anomaly")) {
    Result<LoggedAnomaly> anomaly = reporting::parse_anomaly(object);
    if (!anomaly) return anomaly.error();
    log.anomalies.push_back(std::move(*anomaly));
    return {};
  }
  if (object.find("iteration") && object.find("validation_loss")) {
    const Result<LoggedValidation> validation = parse_validation(object);
    if (!validation) return validation.error();
    put(log.validations, *validation, &LoggedValidation::iteration);
    return {};
  }
  if (object.find("iteration")) {
    const Result<LoggedIteration> iteration = parse_iteration(object);
    if (!iteration) return iteration.error();
    put(log.iterations, *iteration, &LoggedIteration::iteration);
    return {};
  }
  const Result<LoggedEpoch> epoch = parse_epoch(object);
  if (!epoch) return epoch.error();
  put(log.epochs, *epoch, &LoggedEpoch::epoch);
  return {};
}

Result<RunLog> parse_lines(std::string_view text) {
  RunLog log;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      log.torn = true;
      break;
    }
    if (const Result<void> parsed = parse_line(text.substr(0, end), log); !parsed)
      return Error{parsed.error().code, Message{"line "} << number << ": " << parsed.error().message};
    text.remove_prefix(end + 1);
  }
  return log;
}

}  // namespace

std::string log_line(const LoggedEpoch& epoch) {
  JsonWriter json;
  json.begin_object().key("epoch").value(epoch.epoch).key("iterations").value(epoch.iterations);
  json.key("train_loss").value(epoch.train_loss).key("train_accuracy").value(epoch.train_accuracy);
  add(json, "validation_loss", epoch.validation_loss);
  add(json, "validation_accuracy", epoch.validation_accuracy);
  add(json, "learning_rate", epoch.learning_rate);
  json.key("seconds").value(epoch.seconds).key("samples_per_second").value(epoch.samples_per_second);
  return line_of(json);
}

std::string log_line(const LoggedIteration& iteration) {
  JsonWriter json;
  json.begin_object().key("iteration").value(iteration.iteration).key("epoch").value(iteration.epoch);
  json.key("loss").value(iteration.loss);
  add(json, "learning_rate", iteration.learning_rate);
  return line_of(json);
}

std::string log_line(const LoggedValidation& validation) {
  JsonWriter json;
  json.begin_object().key("iteration").value(validation.iteration).key("epoch").value(validation.epoch);
  json.key("validation_loss").value(validation.loss).key("validation_accuracy").value(validation.accuracy);
  return line_of(json);
}

std::string log_line(const LoggedAnomaly& anomaly) {
  JsonWriter json;
  reporting::write_anomaly(json, anomaly);
  return json.take() + '\n';
}

std::string log_line(const LoggedEnd& end) {
  JsonWriter json;
  json.begin_object().key("ended").value(end.reason);
  return line_of(json);
}

Result<RunLog> parse_run_log(std::string_view text) {
  return base::or_out_of_memory("log", [&] { return parse_lines(text); });
}

}  // namespace treadle
