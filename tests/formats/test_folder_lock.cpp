#include <doctest/doctest.h>
#include <treadle/folder_lock.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "support/files.hpp"

namespace treadle {
namespace {

using test::check_error;

TEST_CASE("one at a time has a folder, for as long as it or a copy lives") {
  const test::TemporaryFolder folder;
  {
    FolderLock first = FolderLock::take(folder.path()).value();
    const FolderLock copy = first;
    check_error(FolderLock::take(folder.path()), ErrorCode::io,
                {"cannot write into ", folder.path(), "another run is at it", "choose another folder"});
    std::filesystem::create_directory(folder / "other");
    first = FolderLock::take(folder / "other").value();
    check_error(FolderLock::take(folder.path() + "/../" + folder.path().substr(folder.path().rfind('/'))),
                ErrorCode::io, {"another run is at it"});
  }
  CHECK(FolderLock::take(folder.path()));
  CHECK(folder.files() == 1);  // nothing but the other folder
}

TEST_CASE("a process that is killed leaves no lock behind; as long as it lives it is named") {
  const test::TemporaryFolder folder;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const Result<FolderLock> lock = FolderLock::take(folder.path());
    const char has = lock ? 'y' : 'n';
    if (::write(ready[1], &has, 1) == 1) ::pause();
    ::_exit(1);
  }
  char has = 0;
  REQUIRE(::read(ready[0], &has, 1) == 1);
  CHECK(has == 'y');
  check_error(FolderLock::take(folder.path()), ErrorCode::io, {"another run is at it"});
  // Not every sandbox lets Linux say who it is.
  if (std::filesystem::exists("/proc/locks"))
    check_error(FolderLock::take(folder.path()), ErrorCode::io, {", process " + std::to_string(child) + ";"});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(FolderLock::take(folder.path()));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("what is no folder cannot be locked") {
  const test::TemporaryFolder folder;
  test::put_file(folder / "file", test::counting(3));
  check_error(FolderLock::take(folder / "none"), ErrorCode::not_found, {"cannot open the folder", "none"});
  check_error(FolderLock::take(folder / "file"), ErrorCode::not_found, {"cannot open the folder", "file"});
  check_error(FolderLock::take(""), ErrorCode::not_found, {"cannot open the folder"});
  check_error(FolderLock::take(std::string("a\0b", 3)), ErrorCode::io, {"cannot open the folder"});
}

}  // namespace
}  // namespace treadle
