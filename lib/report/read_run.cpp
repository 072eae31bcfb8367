#include <treadle/run_report.hpp>

#include <algorithm>
#include <filesystem>

#include "base/out_of_memory.hpp"
#include "formats/file.hpp"
#include "formats/json.hpp"
#include "formats/text.hpp"
#include "report/json_fields.hpp"

namespace treadle::reporting {
namespace {

namespace fs = std::filesystem;
using formats::JsonDocument;
using formats::JsonValue;

constexpr std::size_t max_log = std::size_t{1} << 30;
constexpr std::size_t max_description = 64 << 20;

constexpr std::pair<const char*, MemoryKind> memory_names[] = {{"parameters", MemoryKind::parameter},
                                                               {"gradients", MemoryKind::gradient},
                                                               {"optimizer_state", MemoryKind::optimizer_state},
                                                               {"activations", MemoryKind::activation},
                                                               {"workspace", MemoryKind::workspace},
                                                               {"plan", MemoryKind::plan}};
static_assert(std::size(memory_names) == memory_kinds);

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

Result<void> parse_plan(std::string_view text, RunRecord& run) {
  const Result<JsonDocument> document = parse_object(text);
  if (!document) return document.error();
  std::optional<MemoryReport> whole;
  if (const auto memory = document->root().find("memory")) {
    const Result<MemoryReport> parsed = parse_memory(*memory);
    if (!parsed) return parsed.error();
    whole = *parsed;
  }
  std::vector<LayerMemory> parts;
  if (const auto layers = document->root().find("layers"))
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
      parts.push_back(std::move(one));
    }
  run.memory = whole;
  run.layers = std::move(parts);
  return {};
}

Result<RunRecord> read_run(const std::string& path) {
  return base::or_out_of_memory("read run", [&]() -> Result<RunRecord> {
    RunRecord run;
    std::error_code problem;
    fs::path folder = path;
    const bool is_folder = fs::is_directory(folder, problem), is_log = folder.filename() == run_files::log;
    if (is_log && !is_folder) folder = folder.parent_path() / ".";
    const bool whole = is_folder || is_log;
    // "." and "run/" have names too; what is not there keeps its own.
    const fs::path named = fs::canonical(folder, problem);
    run.name = (problem ? folder : named).filename().string();
    const std::string log = is_folder ? (folder / run_files::log).string() : path;
    if (const Result<void> read = read_log(log, run); !read) return read.error();
    if (!whole) return run;
    const std::pair<const char*, Result<void> (*)(std::string_view, RunRecord&)> parts[] = {
        {run_files::job, parse_job}, {run_files::plan, parse_plan}, {run_files::result, parse_result}};
    for (const auto& part : parts) {
      const auto parse = [&](std::string_view text) { return part.second(text, run); };
      const Result<void> read =
          read_part((folder / part.first).lexically_normal().string(), max_description, false, parse);
      if (!read) run.unread.emplace_back(read.error().text());
    }
    return run;
  });
}

}  // namespace treadle::reporting
