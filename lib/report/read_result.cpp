// What a run was asked for and what it ended in: job.json and result.json.
#include <treadle/run_report.hpp>

#include <limits>

#include "formats/json.hpp"
#include "report/json_fields.hpp"

namespace treadle::reporting {
namespace {

using formats::JsonDocument;
using formats::JsonKind;
using formats::JsonMember;
using formats::JsonValue;

constexpr std::size_t max_classes = 10'000;  // of a matrix
constexpr std::uint64_t max_count = std::uint64_t{1} << 48;

Error unfit(JsonValue place, const Message& expected) {
  return Error{ErrorCode::bad_format, Message{"byte "} << place.position() << ": " << expected};
}

/// Nothing for an array, an object and a number that no double holds.
std::optional<PlainValue> plain_value(JsonValue value) {
  if (const auto text = value.as_string()) return std::string(*text);
  if (const auto boolean = value.as_boolean()) return *boolean;
  if (const auto number = value.as_unsigned()) return *number;
  if (const auto number = value.as_real<double>()) return *number;
  return value.kind() == JsonKind::null ? std::optional<PlainValue>{nullptr} : std::nullopt;
}

std::vector<PlainMember> plain_members(JsonValue object) {
  std::vector<PlainMember> members;
  for (const JsonMember& member : object.members())
    if (std::optional<PlainValue> value = plain_value(member.value))
      members.push_back({std::string(member.key), std::move(*value)});
  return members;
}

Result<std::vector<std::uint64_t>> parse_confusion(JsonValue rows) {
  const std::vector<JsonValue> all = rows.elements();
  if (rows.kind() != JsonKind::array || all.empty() || all.size() > max_classes)
    return wrong(rows, "expected \"confusion\" to be an array of rows");
  std::vector<std::uint64_t> counts;
  for (const JsonValue row : all) {
    const std::vector<JsonValue> cells = row.elements();
    if (cells.size() != all.size()) return wrong(row, "expected a row of the confusion matrix, as long as it is high");
    for (const JsonValue cell : cells) {
      const auto count = cell.as_unsigned();
      if (!count || *count > max_count) return wrong(cell, "expected a count");
      counts.push_back(*count);
    }
  }
  return counts;
}

/// The names of a call's part and of what no call takes; see run_report.hpp.
bool is_part(std::string_view name) {
  return name == "forward" || name == "loss" || name == "backward" || name == "update";
}

bool is_time(double seconds) { return seconds >= 0 && seconds <= std::numeric_limits<double>::max(); }

Result<CallTime> parse_call(JsonValue element) {
  Fields fields(element);
  CallTime call;
  fields.text("part", call.part);
  fields.text("layer", call.layer);
  fields.text("name", call.name);
  fields.real("seconds", call.seconds);
  if (const Result<void> read = fields.result(); !read) return read.error();
  if (!is_part(call.part)) return wrong(element, "expected \"part\" to be forward, loss, backward or update");
  if (!is_time(call.seconds)) return wrong(element, "expected \"seconds\" of at least 0");
  return call;
}

Result<StepTimes> parse_times(JsonValue object) {
  Fields fields(object);
  StepTimes times;
  fields.whole("iterations", times.iterations);
  fields.real("seconds", times.seconds);
  fields.real("waiting", times.waiting);
  fields.real("other", times.other);
  if (const Result<void> read = fields.result(); !read) return read.error();
  for (const double seconds : {times.seconds, times.waiting, times.other})
    if (!is_time(seconds)) return wrong(object, "expected times of at least 0");
  const auto calls = object.find("calls");
  if (!calls || calls->kind() != JsonKind::array) return wrong(object, "expected an object with an array \"calls\"");
  for (const JsonValue element : calls->elements()) {
    Result<CallTime> call = parse_call(element);
    if (!call) return call.error();
    times.calls.push_back(std::move(*call));
  }
  return times;
}

/// The counts of each class, beside those of the matrix, which has less where samples are undecided.
Result<std::vector<ClassRecord>> parse_by_class(JsonValue object) {
  Fields fields(object);
  std::vector<std::uint64_t> samples, predicted, correct;
  fields.wholes("samples", samples);
  fields.wholes("predicted", predicted);
  fields.wholes("correct", correct);
  if (const Result<void> read = fields.result(); !read) return read.error();
  if (samples.empty() || predicted.size() != samples.size() || correct.size() != samples.size())
    return unfit(object, "expected \"by_class\" to have three counts for each class");
  std::vector<ClassRecord> classes;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i] > max_count || predicted[i] > max_count || correct[i] > samples[i] || correct[i] > predicted[i])
      return unfit(object, Message{"expected counts of class "} << i << " of which no more are right than there are");
    classes.push_back({samples[i], predicted[i], correct[i]});
  }
  return classes;
}

/// Reads into `run` what concerns classes.
Result<void> parse_classes(JsonValue object, RunRecord& run) {
  if (const auto rows = object.find("confusion")) {
    Result<std::vector<std::uint64_t>> counts = parse_confusion(*rows);
    if (!counts) return counts.error();
    run.classes = rows->elements().size();
    run.confusion = std::move(*counts);
  }
  if (const auto counts = object.find("by_class")) {
    Result<std::vector<ClassRecord>> classes = parse_by_class(*counts);
    if (!classes) return classes.error();
    if (run.classes != 0 && run.classes != classes->size())
      return unfit(*counts, Message{"expected \"by_class\" to have the "}
                                << run.classes << " classes of the matrix, got " << classes->size());
    run.classes = classes->size();
    run.by_class = std::move(*classes);
  }
  if (const auto names = object.find("classes")) {
    Fields fields(object);
    fields.texts("classes", run.class_names);
    if (const Result<void> read = fields.result(); !read) return read.error();
    if (run.classes != 0 && run.class_names.size() != run.classes)
      return unfit(*names, Message{"expected \"classes\" to have a name for each of "}
                               << run.classes << " classes, got " << run.class_names.size());
  }
  return {};
}

}  // namespace

Result<void> parse_job(std::string_view text, RunRecord& run) {
  const Result<JsonDocument> document = parse_object(text);
  if (!document) return document.error();
  run.job = plain_members(document->root());
  return {};
}

Result<void> parse_result(std::string_view text, RunRecord& run) {
  const Result<JsonDocument> document = parse_object(text);
  if (!document) return document.error();
  RunRecord read;
  read.result = plain_members(document->root());
  if (const Result<void> parsed = parse_classes(document->root(), read); !parsed) return parsed.error();
  if (const auto profile = document->root().find("profile"); profile && profile->kind() != JsonKind::null) {
    Result<StepTimes> times = parse_times(*profile);
    if (!times) return times.error();
    read.times = std::move(*times);
  }
  run.result = std::move(read.result);
  run.times = std::move(read.times);
  run.classes = read.classes;
  run.class_names = std::move(read.class_names);
  run.by_class = std::move(read.by_class);
  run.confusion = std::move(read.confusion);
  return {};
}

}  // namespace treadle::reporting
