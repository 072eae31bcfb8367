#include <doctest/doctest.h>
#include <treadle/run_log.hpp>

#include "support/files.hpp"

namespace treadle {
namespace {

using test::check_error;
using test::get_file;
using test::put_file;
using test::to_bytes;

TEST_CASE("lines are appended to what is there") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "log";
  {
    Result<LineFile> file = LineFile::open(path);
    REQUIRE(file);
    REQUIRE(file->append("one\n"));
    REQUIRE(file->append("two\n", true));
  }
  Result<LineFile> file = LineFile::open(path);
  REQUIRE(file);
  REQUIRE(file->append("three\n"));
  CHECK((get_file(path) == to_bytes("one\ntwo\nthree\n")));
}

TEST_CASE("a torn last line is removed, however long it is") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "log";
  for (const std::size_t torn : {1u, 4095u, 4096u, 4097u, 10000u})
    for (const std::string_view whole : {"", "a whole line\n"}) {
      put_file(path, to_bytes(std::string(whole) + std::string(torn, 'x')));
      Result<LineFile> file = LineFile::open(path);
      REQUIRE(file);
      REQUIRE(file->append("next\n"));
      CHECK((get_file(path) == to_bytes(std::string(whole) + "next\n")));
    }
}

TEST_CASE("what is no file cannot be appended to") {
  const test::TemporaryFolder folder;
  check_error(LineFile::open(folder.path()), ErrorCode::io, {folder.path()});
  check_error(LineFile::open(folder / "none/log"), ErrorCode::not_found, {"none/log"});
  check_error(LineFile::open(std::string("a\0b", 3)), ErrorCode::io, {"write"});
  check_error(LineFile::open("/dev/full"), ErrorCode::io, {"/dev/full"});
}

}  // namespace
}  // namespace treadle
