#include <treadle/run_report.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/checked.hpp"
#include "base/out_of_memory.hpp"
#include "formats/file.hpp"
#include "formats/json.hpp"
#include "formats/text.hpp"
#include "report/json_fields.hpp"

namespace treadle::reporting {
namespace {

using formats::JsonDocument;
using formats::JsonKind;
using formats::JsonMember;
using formats::JsonValue;

constexpr std::size_t max_log = std::size_t{1} << 30;
constexpr std::size_t max_description = 64 << 20;
constexpr std::size_t max_classes = 10'000;

constexpr std::pair<const char*, MemoryKind> memory_names[] = {{"parameters", MemoryKind::parameter},
                                                               {"gradients", MemoryKind::gradient},
                                                               {"optimizer_state", MemoryKind::optimizer_state},
                                                               {"activations", MemoryKind::activation},
                                                               {"workspace", MemoryKind::workspace},
                                                               {"plan", MemoryKind::plan}};
static_assert(std::size(memory_names) == memory_kinds);

Error wrong(JsonValue place, const Message& expected) {
  return Error{ErrorCode::bad_format,
               Message{"byte "} << place.position() << ": " << expected << ", got " << formats::name(place.kind())};
}

/// Nothing for an array, an object and a number that no double holds.
std::optional<PlainValue> plain_value(JsonValue value) {
  if (const auto text = value.as_string()) return std::string(*text);
  if (const auto boolean = value.as_boolean()) return *boolean;
  if (const auto number = value.as_unsigned()) return *number;
  if (const auto number = value.as_real<double>()) return *number;
  return value.kind() == JsonKind::null ? std::optional<PlainValue>{nullptr} : std::nullopt;
}

Result<JsonDocument> parse_object(std::string_view text) {
  Result<JsonDocument> document = JsonDocument::parse(text);
  if (document && document->root().kind() != JsonKind::object) return wrong(document->root(), "expected an object");
  return document;
}

std::vector<PlainMember> plain_members(JsonValue object) {
  std::vector<PlainMember> members;
  for (const JsonMember& member : object.members())
    if (std::optional<PlainValue> value = plain_value(member.value))
      members.push_back({std::string(member.key), std::move(*value)});
  return members;
}

Result<MemoryReport> parse_memory(JsonValue object) {
  Fields fields(object);
  MemoryReport memory;
  std::size_t total = 0;
  for (const auto& [name, kind] : memory_names) {
    std::uint64_t bytes = 0;
    fields.whole(name, bytes);
    const std::size_t sum = total + static_cast<std::size_t>(bytes);
    if (bytes > SIZE_MAX || sum < total) return wrong(object, "expected sizes whose sum fits");
    total = sum;
    memory[kind] = static_cast<std::size_t>(bytes);
  }
  if (const Result<void> read = fields.result(); !read) return read.error();
  return memory;
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
      if (!count || *count > (std::uint64_t{1} << 48)) return wrong(cell, "expected a count");
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

/// Reads the file if it is there and gives its text to `parse`.
template <class Parse>
Result<void> read_part(const std::string& path, std::size_t limit, bool needed, const Parse& parse) {
  const Result<std::vector<std::uint8_t>> contents = formats::read_file(path, limit);
  if (!contents) {
    if (contents.error().code == ErrorCode::not_found && !needed) return {};
    return contents.error();
  }
  const std::string_view text{reinterpret_cast<const char*>(contents->data()), contents->size()};
  if (const Result<void> parsed = parse(text); !parsed) return formats::in_file(path, parsed.error());
  return {};
}

Result<void> read_log(const std::string& path, RunRecord& run) {
  return read_part(path, max_log, true, [&](std::string_view text) -> Result<void> {
    Result<RunLog> log = parse_run_log(text);
    if (!log) return log.error();
    run.log = std::move(*log);
    return {};
  });
}

}  // namespace

Result<void> parse_job(std::string_view text, RunRecord& run) {
  const Result<JsonDocument> document = parse_object(text);
  if (!document) return document.error();
  run.job = plain_members(document->root());
  return {};
}

Result<void> parse_plan(std::string_view text, RunRecord& run) {
  const Result<JsonDocument> document = parse_object(text);
  if (!document) return document.error();
  if (const auto memory = document->root().find("memory")) {
    const Result<MemoryReport> parsed = parse_memory(*memory);
    if (!parsed) return parsed.error();
    run.memory = *parsed;
  }
  run.layers.clear();
  const auto layers = document->root().find("layers");
  if (!layers) return {};
  for (const JsonValue layer : layers->elements()) {
    Fields fields(layer);
    LayerMemory one;
    fields.text("name", one.name);
    if (const Result<void> read = fields.result(); !read) return read.error();
    const auto memory = layer.find("memory");
    if (!memory) return wrong(layer, "expected a layer with \"memory\"");
    const Result<MemoryReport> parsed = parse_memory(*memory);
    if (!parsed) return parsed.error();
    one.memory = *parsed;
    run.layers.push_back(std::move(one));
  }
  return {};
}

Result<void> parse_result(std::string_view text, RunRecord& run) {
  const Result<JsonDocument> document = parse_object(text);
  if (!document) return document.error();
  run.result = plain_members(document->root());
  if (const auto rows = document->root().find("confusion")) {
    Result<std::vector<std::uint64_t>> counts = parse_confusion(*rows);
    if (!counts) return counts.error();
    run.classes = rows->elements().size();
    run.confusion = std::move(*counts);
  }
  run.times.reset();
  if (const auto profile = document->root().find("profile"); profile && profile->kind() != JsonKind::null) {
    Result<StepTimes> times = parse_times(*profile);
    if (!times) return times.error();
    run.times = std::move(*times);
  }
  return {};
}

Result<RunRecord> read_run(const std::string& path) {
  return base::or_out_of_memory("read run", [&]() -> Result<RunRecord> {
    RunRecord run;
    std::error_code problem;
    std::string folder = path;
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    run.name = std::filesystem::path(folder).filename().string();
    if (!std::filesystem::is_directory(path, problem)) {
      if (const Result<void> read = read_log(path, run); !read) return read.error();
      return run;
    }
    const auto file = [&](const char* name) { return folder + "/" + name; };
    if (const Result<void> read = read_log(file(run_files::log), run); !read) return read.error();
    const std::pair<const char*, Result<void> (*)(std::string_view, RunRecord&)> parts[] = {
        {run_files::job, parse_job}, {run_files::plan, parse_plan}, {run_files::result, parse_result}};
    for (const auto& part : parts) {
      const auto parse = [&](std::string_view text) { return part.second(text, run); };
      if (const Result<void> read = read_part(file(part.first), max_description, false, parse); !read)
        return read.error();
    }
    return run;
  });
}

}  // namespace treadle::reporting
