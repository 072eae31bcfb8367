#include "files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "errors.hpp"

namespace treadle::tool {
namespace {

namespace fs = std::filesystem;

std::string named(std::string_view option, const std::string& path) { return std::string(option) + " '" + path + "'"; }

[[noreturn]] void refuse_file(const std::string& name, int problem) {
  throw Failure(name + ": cannot write: " + std::strerror(problem));
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code problem;
  if (fs::equivalent(a, b, problem)) return true;
  if (fs::exists(a, problem) || fs::exists(b, problem)) return false;
  // Made absolute first: a relative name of nothing that exists would stay relative. Empty after trouble.
  const auto full = [&](const std::string& path) { return fs::weakly_canonical(fs::absolute(path, problem), problem); };
  const fs::path one = full(a);
  return !one.empty() && one == full(b);
}

}  // namespace

FolderLock lock_folder(std::string_view option, const std::string& path) {
  const std::string name = named(option, path);
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) throw Failure(name + ": cannot make the folder: " + problem.message());
  const Result<FolderLock> lock = FolderLock::take(path);
  if (!lock) throw Failure(std::string(option) + ": " + std::string(lock.error().text()));
  return *lock;
}

void check_writable(std::string_view option, const std::string& path, Writing writing) {
  const std::string name = named(option, path);
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (fs::is_directory(status)) refuse_file(name, EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    if (access(path.c_str(), W_OK) != 0) refuse_file(name, errno);
    return;
  }
  if (fs::exists(status) && writing == Writing::in_place) {
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) refuse_file(name, errno);
    close(file);
    return;
  }
  // A file is replaced by renaming, so a new one must be possible beside it. Permission bits do not tell (a read-only
  // file system, a full one, the superuser): make one and remove it.
  const fs::path target = fs::exists(status) ? fs::canonical(path, problem) : fs::path(path);
  std::string probe = target.string() + ".XXXXXX";
  const int file = mkstemp(probe.data());
  if (file < 0) refuse_file(name, errno);
  close(file);
  unlink(probe.c_str());
}

std::string temporary_of(const std::string& path) {
  // A link is followed to the file that it names.
  std::error_code problem;
  const fs::path target = fs::canonical(path, problem);
  return (problem ? path : target.string()) + ".tmp";
}

void check_distinct(std::string_view option, const std::string& path, const std::vector<std::string>& others) {
  for (const std::string& other : others)
    if (!path.empty() && !other.empty() && same_file(path, other))
      throw UsageError(named(option, path) + " is a file that this command reads or writes already");
}

OutputFile::OutputFile(std::string_view option, const std::string& path, std::uintmax_t kept)
    : name_(named(option, path)) {
  if (path.empty()) return;
  file_.reset(std::fopen(path.c_str(), kept == 0 ? "we" : "ae"));
  if (file_ == nullptr || (kept > 0 && ftruncate(fileno(file_.get()), static_cast<off_t>(kept)) != 0))
    refuse_file(name_, errno);
}

bool OutputFile::write(std::string_view text) {
  if (file_ == nullptr || problem_ != 0) return problem_ == 0;
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0)
    problem_ = errno;
  return problem_ == 0;
}

void OutputFile::finish() const {
  if (problem_ != 0) refuse_file(name_, problem_);
}

}  // namespace treadle::tool
