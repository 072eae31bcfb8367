#include "side_files.hpp"

#include <algorithm>
#include <cstdio>

#include "errors.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

/// The lines of the samples that are taken, which `read` has of any number of samples.
template <class Read>
auto lines_of_taken(Read&& read, const SampleCounts& counts) {
  auto lines = read(counts.all);
  if (!lines && counts.taken < counts.all) {
    auto taken = read(counts.taken);
    if (!taken)
      throw Failure(std::string(taken.error().text()) + "; with --limit a file has a line for each of the " +
                    counted(counts.taken, "sample") + " that it takes, or of all " + grouped(counts.all));
    return std::move(*taken);
  }
  lines.value();  // or its error
  lines->resize(counts.taken);
  return std::move(*lines);
}

}  // namespace

std::vector<float> read_weights(const std::string& path, const SampleCounts& counts) {
  return lines_of_taken([&](std::size_t samples) { return data::weights_by_file(path, samples); }, counts);
}

std::vector<std::int32_t> read_groups(const std::string& path, const SampleCounts& counts) {
  return lines_of_taken([&](std::size_t samples) { return data::groups_by_file(path, samples); }, counts);
}

data::Split read_split(const std::string& path, const SampleCounts& counts) {
  data::Split split = data::split_by_file(path, counts.all).value();
  if (counts.taken == counts.all) return split;
  std::vector<bool> validated(counts.taken);
  for (const std::uint32_t index : split.validation.indices())
    if (index < counts.taken) validated[index] = true;
  split = {data::IndexSet(validated, false), data::IndexSet(validated)};
  if (!split.train.empty() && !split.validation.empty()) return split;
  throw Failure(path + ": of the " + counted(counts.taken, "sample") + " that --limit takes none would be left for " +
                (split.train.empty() ? "training" : "validation"));
}

void warn_of_missing_classes(const data::Samples& train, const SampleCounts& counts) {
  if (counts.taken == counts.all) return;
  std::vector<bool> there(data::info(train).classes);
  for (const std::int32_t label : data::labels_of(train).value()) there[static_cast<std::size_t>(label)] = true;
  const auto missing = static_cast<std::size_t>(std::count(there.begin(), there.end(), false));
  if (missing == 0) return;
  const auto first = std::find(there.begin(), there.end(), false) - there.begin();
  const std::string text = "warning: --limit takes no sample of " + grouped(missing) + " of the " +
                           grouped(there.size()) + " classes, such as " + std::to_string(first) +
                           "; data sorted by class have to be shuffled before their first samples are of every one\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace treadle::tool
