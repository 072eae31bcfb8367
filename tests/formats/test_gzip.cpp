#include "formats/gzip.hpp"
#include "support/address_space.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::ByteVector, test::check_error, test::counting, test::first_bytes, test::gzipped, test::joined,
    test::to_bytes, test::with_byte;

constexpr std::size_t plenty = 100'000'000;

TEST_CASE("what was compressed comes out again") {
  for (std::size_t size : {0, 1, 1000, 262'143, 262'144, 262'145, 1'000'000}) {
    const ByteVector bytes = counting(size);
    const ByteVector file = gzipped(bytes);
    CHECK(is_gzip(file));
    for (std::size_t limit : {size, size + 1, plenty}) {
      const Result<ByteVector> out = gunzip(file, limit);
      REQUIRE(out);
      CHECK(*out == bytes);
    }
  }
}

TEST_CASE("room that memory does not have is an error") {
  ByteVector file = gzipped({});
  file.resize(std::size_t{256} << 20);  // what usually comes out of so much is 4 GiB at most
  constexpr std::size_t all = static_cast<std::size_t>(-1);
  const test::AddressSpaceLimit limit;
  if (!limit.set()) return;
  check_error(gunzip(file, all), ErrorCode::out_of_memory, {"gzip: not enough memory"});
  check_error(gunzip_first(file, all), ErrorCode::out_of_memory, {"gzip: not enough memory"});
}

TEST_CASE("members one after another are one file") {
  const ByteVector file = joined(joined(gzipped(counting(700)), gzipped({})), gzipped(counting(300)));
  const Result<ByteVector> out = gunzip(file, 1000);
  REQUIRE(out);
  CHECK(*out == joined(counting(700), counting(300)));
  check_error(gunzip(file, 999), ErrorCode::too_large, {"999 bytes"});
  check_error(gunzip(file, 700), ErrorCode::too_large, {"700 bytes"});
}

TEST_CASE("more than the limit is refused, without making it") {
  const ByteVector bomb = gzipped(ByteVector(50'000'000));
  CHECK(bomb.size() < 300'000);
  check_error(gunzip(bomb, 1000), ErrorCode::too_large, {"gzip", "1000 bytes"});
  check_error(gunzip(gzipped({7}), 0), ErrorCode::too_large, {"0 bytes"});
  CHECK(gunzip(gzipped({}), 0).has_value());
}

TEST_CASE("the first bytes come out of a file that is cut short after them") {
  const ByteVector file = gzipped(counting(1000));
  for (std::size_t count : {0, 1, 16, 999, 1000, 2000}) {
    const Result<ByteVector> out = gunzip_first(file, count);
    REQUIRE(out);
    CHECK(*out == counting(std::min<std::size_t>(count, 1000)));
  }
  const Result<ByteVector> out = gunzip_first(first_bytes(file, file.size() - 8), 1000);
  REQUIRE(out);
  CHECK(*out == counting(1000));
}

TEST_CASE("a file cut short at any byte is refused") {
  const ByteVector file = gzipped(to_bytes("samples, samples, samples and labels"));
  for (std::size_t size = 0; size < file.size(); ++size) {
    INFO(size);
    check_error(gunzip(first_bytes(file, size), plenty), ErrorCode::bad_format,
                {"gzip", "cut short", "byte " + std::to_string(size)});
  }
}

TEST_CASE("a changed bit is noticed, unless it changes nothing") {
  // Time, operating system and the bits that fill up the last byte of the compressed data do not matter.
  const ByteVector bytes = to_bytes("samples, samples, samples and labels");
  const ByteVector file = gzipped(bytes);
  std::size_t noticed = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      INFO("byte " << i << " bit " << bit);
      const Result<ByteVector> out =
          gunzip(with_byte(file, i, static_cast<std::uint8_t>(file[i] ^ (1 << bit))), plenty);
      if (out) CHECK(*out == bytes);
      noticed += !out;
    }
  }
  CHECK(noticed > 8 * (file.size() - 8));
}

TEST_CASE("checksum, length and what follows are checked") {
  const ByteVector file = gzipped(counting(100));
  const std::size_t size = file.size();
  check_error(gunzip(with_byte(file, size - 8, static_cast<std::uint8_t>(file[size - 8] ^ 1)), plenty),
              ErrorCode::bad_format, {"incorrect data check"});
  check_error(gunzip(with_byte(file, size - 4, static_cast<std::uint8_t>(file[size - 4] ^ 1)), plenty),
              ErrorCode::bad_format, {"incorrect length check"});
  check_error(gunzip(joined(file, {0}), plenty), ErrorCode::bad_format,
              {"not gzip follows", "byte " + std::to_string(size)});
  check_error(gunzip(joined(file, {0x1F}), plenty), ErrorCode::bad_format, {"cut short"});
  check_error(gunzip(joined(file, {0x1F, 0x8C}), plenty), ErrorCode::bad_format, {"incorrect header check"});
  check_error(gunzip(to_bytes("plain text"), plenty), ErrorCode::bad_format, {"incorrect header check"});
  CHECK_FALSE(is_gzip(to_bytes("plain text")));
  CHECK_FALSE(is_gzip(ByteVector{0x1F}));
}

}  // namespace
}  // namespace treadle::formats
