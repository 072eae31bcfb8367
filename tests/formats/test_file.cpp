#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "formats/descriptor.hpp"
#include "formats/file.hpp"
#include "support/address_space.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::get_file, test::put_file, test::TemporaryFolder;

/// Files beyond this many bytes cannot be written, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

/// Root may do everything, so it becomes another user for a while.
class WithoutRoot {
 public:
  WithoutRoot() { changed_ = ::geteuid() == 0 && ::seteuid(65534) == 0; }
  ~WithoutRoot() {
    if (changed_) CHECK(::seteuid(0) == 0);
  }
  bool certain() const { return ::geteuid() != 0; }

 private:
  bool changed_ = false;
};

TEST_CASE("a file is read whole, whatever its size") {
  const TemporaryFolder folder;
  for (std::size_t size : {0, 1, 4095, 65535, 65536, 65537, 300'000}) {
    put_file(folder / "f", counting(size));
    const Result<ByteVector> bytes = read_file(folder / "f");
    REQUIRE(bytes);
    CHECK(*bytes == counting(size));
  }
}

TEST_CASE("a file that opens and cannot be read is an error") {
  // The memory of this process, of which the first page is not there.
  if (std::filesystem::exists("/proc/self/mem"))
    check_error(read_file("/proc/self/mem"), ErrorCode::io, {"cannot read", "/proc/self/mem"});
}

TEST_CASE("a file that is larger than memory is an error") {
  const TemporaryFolder folder;
  put_file(folder / "f", {});
  std::error_code problem;
  std::filesystem::resize_file(folder / "f", std::uintmax_t{3} << 30, problem);  // a hole
  const test::AddressSpaceLimit limit;
  if (!problem && limit.set()) check_error(read_file(folder / "f"), ErrorCode::out_of_memory, {folder / "f"});
}

TEST_CASE("the limit is the largest size that is read") {
  const TemporaryFolder folder;
  put_file(folder / "f", counting(100));
  CHECK(read_file(folder / "f", 100).has_value());
  check_error(read_file(folder / "f", 99), ErrorCode::too_large, {folder / "f", "99 bytes"});
}

TEST_CASE("a pipe is read to its end, under the same limit") {
  const TemporaryFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  for (std::size_t limit : {std::size_t{200'000}, std::size_t{199'999}}) {
    std::thread writer{[&] {
      const Descriptor pipe = Descriptor::open(path, O_WRONLY);
      const ByteVector bytes = counting(200'000);
      std::size_t sent = 0;
      while (sent < bytes.size()) {
        const ssize_t count = ::write(pipe.get(), bytes.data() + sent, bytes.size() - sent);
        if (count < 0) break;
        sent += static_cast<std::size_t>(count);
      }
    }};
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    const Result<ByteVector> bytes = read_file(path, limit);
    writer.join();
    std::signal(SIGPIPE, handler);
    if (limit == 200'000) {
      REQUIRE(bytes);
      CHECK(*bytes == counting(200'000));
    } else {
      check_error(bytes, ErrorCode::too_large, {path, "199999"});
    }
  }
}

TEST_CASE("what cannot be read is named with the reason") {
  const TemporaryFolder folder;
  check_error(read_file(folder / "none"), ErrorCode::not_found, {folder / "none", "No such file or directory"});
  check_error(read_file(folder.path()), ErrorCode::io, {folder.path(), "Is a directory"});
  put_file(folder / "f", {1});
  check_error(read_file(folder / "f/g"), ErrorCode::not_found, {"Not a directory"});
  check_error(read_file(std::string("a\0b", 3)), ErrorCode::io, {"a\\x00b", "Invalid argument"});
  check_error(read_file(""), ErrorCode::not_found, {"\"\"", "No such file or directory"});
  check_error(read_file(folder / std::string(5000, 'x')), ErrorCode::io, {"File name too long"});
  ::chmod((folder / "f").c_str(), 0);
  const WithoutRoot user;
  if (user.certain()) check_error(read_file(folder / "f"), ErrorCode::io, {"Permission denied"});
}

TEST_CASE("a written file holds the bytes and nothing stays beside it") {
  const TemporaryFolder folder;
  for (std::size_t size : {0, 1, 100'000, 7}) {
    REQUIRE(write_file(folder / "f", counting(size)));
    CHECK(get_file(folder / "f") == counting(size));
    CHECK(folder.files() == 1);
  }
}

TEST_CASE("a path without a folder is in the working folder") {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  CHECK(write_file("f", counting(3)).has_value());
  std::filesystem::current_path(before);
  CHECK(get_file(folder / "f") == counting(3));
}

TEST_CASE("a leftover of an interrupted writer is replaced") {
  const TemporaryFolder folder;
  put_file(folder / "f.tmp", counting(1000));
  REQUIRE(write_file(folder / "f", counting(10)));
  CHECK(get_file(folder / "f") == counting(10));
  CHECK(folder.files() == 1);
}

TEST_CASE("a second writer at the same time gets an error and harms nothing") {
  const TemporaryFolder folder;
  const Descriptor other = Descriptor::open(folder / "f.tmp", O_WRONLY | O_CREAT, 0600);
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  check_error(write_file(folder / "f", counting(10)), ErrorCode::io, {folder / "f", "another writer"});
  CHECK(std::filesystem::exists(folder / "f.tmp"));
  CHECK_FALSE(std::filesystem::exists(folder / "f"));
}

TEST_CASE("writers in several threads leave one whole file") {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < 4; ++i)
    writers.emplace_back([&, i] {
      for (int repeat = 0; repeat < 20; ++repeat)
        static_cast<void>(write_file(folder / "f", ByteVector(5000 + i, static_cast<std::uint8_t>(i))));
    });
  for (std::thread& writer : writers) writer.join();
  const ByteVector bytes = get_file(folder / "f");
  REQUIRE(bytes.size() >= 5000);
  CHECK(bytes == ByteVector(5000 + bytes[0], bytes[0]));
  CHECK(folder.files() == 1);
}

TEST_CASE("a replaced file keeps its permissions, a symbolic link its target") {
  const TemporaryFolder folder;
  put_file(folder / "target", counting(1));
  ::chmod((folder / "target").c_str(), 0640);
  std::filesystem::create_symlink("target", folder / "link");
  REQUIRE(write_file(folder / "link", counting(20)));
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(get_file(folder / "target") == counting(20));
  struct stat status {};
  REQUIRE(::stat((folder / "target").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a disk that fails leaves the old file and no other") {
  const TemporaryFolder folder;
  REQUIRE(write_file(folder / "f", counting(10)));
  {
    const FileSizeLimit limit{4096};
    check_error(write_file(folder / "f", counting(10'000)), ErrorCode::io, {folder / "f", "File too large"});
    check_error(write_file(folder / "new", counting(10'000)), ErrorCode::io, {folder / "new", "File too large"});
  }
  CHECK(get_file(folder / "f") == counting(10));
  CHECK(folder.files() == 1);
}

TEST_CASE("a full device says so") {
  struct stat status {};
  if (::stat("/dev/full", &status) != 0) return;
  check_error(write_file("/dev/full", counting(10)), ErrorCode::io, {"/dev/full", "No space left on device"});
  CHECK(write_file("/dev/null", counting(10)).has_value());
  CHECK(::stat("/dev/null", &status) == 0);
  CHECK(S_ISCHR(status.st_mode));
}

TEST_CASE("a target that cannot be written is named with the reason") {
  const TemporaryFolder folder;
  check_error(write_file(folder.path(), counting(1)), ErrorCode::io, {folder.path(), "Is a directory"});
  check_error(write_file(folder / "none/f", counting(1)), ErrorCode::not_found,
              {folder / "none/f:", "No such file or directory"});
  check_error(write_file("", counting(1)), ErrorCode::not_found, {"\"\"", "No such file or directory"});
  check_error(write_file(std::string("a\0b", 3), counting(1)), ErrorCode::io, {"Invalid argument"});
  check_error(write_file(folder / std::string(300, 'x'), counting(1)), ErrorCode::io, {"File name too long"});
  std::filesystem::create_directory(folder / "f.tmp");
  check_error(write_file(folder / "f", counting(1)), ErrorCode::io, {folder / "f", "Is a directory"});
  std::filesystem::create_symlink("elsewhere", folder / "g.tmp");
  check_error(write_file(folder / "g", counting(1)), ErrorCode::io, {folder / "g.tmp", "symbolic links"});
  CHECK_FALSE(std::filesystem::exists(folder / "elsewhere"));
  ::chmod(folder.path().c_str(), 0555);
  const WithoutRoot user;
  if (user.certain()) check_error(write_file(folder / "h", counting(1)), ErrorCode::io, {"Permission denied"});
}

}  // namespace
}  // namespace treadle::formats
