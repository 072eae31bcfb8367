#include "sweep_log.hpp"

#include <filesystem>
#include <fstream>

#include "errors.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Json& job, const std::string& name) {
  return job.contains(name) && !job[name].is_null() ? job[name].dump() : "none";
}

/// "epochs is 3 there and 2 here": the first that differs.
std::string difference(const Json& there, const Json& here) {
  Json names = there;
  names.update(here);
  for (const auto& [name, value] : names.items())
    if (shown(there, name) != shown(here, name))
      return name + " is " + shown(there, name) + " there and " + shown(here, name) + " here";
  return "its options have another order";
}

Failure at_line(const std::string& path, std::size_t number, const std::string& what) {
  return Failure(path + ": line " + std::to_string(number) + ": " + what);
}

/// A file that begins with a job and has measured nothing is no loss.
void remove_begun(const std::string& path, const Json& job) {
  std::ifstream in(path);
  std::string head, more;
  if (!std::getline(in, head) || std::getline(in, more)) return;
  const Json begun = Json::parse(head, nullptr, false);
  if (!begun.is_object() || !begun.contains("job") || begun["job"] == job) return;
  std::error_code problem;
  std::filesystem::remove(path, problem);
}

LineFile open_for(const std::string& path, const Json& job) {
  remove_begun(path, job);
  return LineFile::open(path).value();
}

}  // namespace

SweepLog::SweepLog(const std::string& path, const Json& job) : file_(open_for(path, job)) {
  std::ifstream in(path);
  std::string text;
  if (!std::getline(in, text)) {
    file_.append(json_line(Json{{"job", job}}), true).value();
    return;
  }
  const Json head = Json::parse(text, nullptr, false);
  if (!head.is_object() || !head.contains("job"))
    throw at_line(path, 1, "expected the job of a sweep; give another --out");
  if (head["job"] != job)
    throw Failure(path + " is of a sweep with other options or data: " + difference(head["job"], job) +
                  "; give another --out, or remove it");
  for (std::size_t number = 2; std::getline(in, text); ++number) {
    const Json object = Json::parse(text, nullptr, false);
    if (object.is_discarded()) throw at_line(path, number, "expected JSON; remove the line to measure its size again");
    try {
      results_.push_back(sweep_result(object));
    } catch (const Failure& problem) {
      throw at_line(path, number, std::string(problem.what()) + "; remove the line to measure its size again");
    }
  }
}

void SweepLog::add(const SweepResult& result) {
  file_.append(json_line(to_json(result)), true).value();
  results_.push_back(result);
}

}  // namespace treadle::tool
