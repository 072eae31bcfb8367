#include "process_memory.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string_view>

namespace treadle::tool {
namespace {

/// The first number in `text` times `unit`, or as much as a size can say: a machine may have more than a process of 32
/// bits can name.
std::optional<std::size_t> first_number(std::string_view text, std::uint64_t unit) {
  const std::size_t digits = text.find_first_of("0123456789");
  if (digits == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + digits, text.data() + text.size(), number);
  if (problem == std::errc::invalid_argument) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(problem == std::errc{} && number <= most / unit ? number * unit : most);
}

/// The kibibytes in the line of `path` that begins with `name`, as bytes.
std::optional<std::size_t> bytes_in(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name))
      if (const std::optional<std::size_t> bytes = first_number(line, 1024)) return bytes;
  return std::nullopt;
}

/// Nothing for "max" too.
std::optional<std::size_t> number_in(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? first_number(line, 1) : std::nullopt;
}

/// What the group of this process and those above it leave.
std::optional<std::size_t> left_in_groups(const std::string& root) {
  std::ifstream file(root + "/proc/self/cgroup");
  std::string group;
  constexpr std::string_view version_2 = "0::";
  while (std::getline(file, group) && !group.starts_with(version_2)) group.clear();
  if (group.empty()) return std::nullopt;
  group.erase(0, version_2.size());
  std::optional<std::size_t> least;
  for (; group.size() > 1; group.resize(group.rfind('/'))) {
    const std::string folder = root + "/sys/fs/cgroup" + group;
    const std::optional<std::size_t> most = number_in(folder + "/memory.max"),
                                     used = number_in(folder + "/memory.current");
    if (most && used) least = std::min(least.value_or(*most), *most - std::min(*most, *used));
  }
  return least;
}

}  // namespace

std::optional<std::size_t> resident() { return bytes_in("/proc/self/status", "VmRSS:"); }
std::optional<std::size_t> resident_peak() { return bytes_in("/proc/self/status", "VmHWM:"); }

bool reset_peak() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << "5" << std::flush);
}

std::optional<std::size_t> available_memory(const std::string& root) {
  const std::optional<std::size_t> machine = bytes_in(root + "/proc/meminfo", "MemAvailable:"),
                                   groups = left_in_groups(root);
  if (!machine || !groups) return machine ? machine : groups;
  return std::min(*machine, *groups);
}

}  // namespace treadle::tool
