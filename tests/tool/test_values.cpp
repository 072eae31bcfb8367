#include "values.hpp"

#include <doctest/doctest.h>

#include <string>

namespace treadle::tool {
namespace {

TEST_CASE("whole numbers") {
  CHECK(read_whole("0", 0) == 0);
  CHECK(read_whole("18446744073709551615", 0) == 18446744073709551615u);
  CHECK(read_whole("10", 1, 10) == 10);
  for (const char* bad : {"", " ", "-1", "+1", "1.5", "1e3", "0x10", "ten", "3 ", " 3", "18446744073709551616"})
    CHECK_THROWS_AS(read_whole(bad, 0), UsageError);
  CHECK_THROWS_AS(read_whole("0", 1, 10), UsageError);
  CHECK_THROWS_AS(read_whole("11", 1, 10), UsageError);
  CHECK_THROWS_WITH(read_whole("0", 1, 10), "expected a whole number from 1 to 10, got '0'");
}

TEST_CASE("real numbers and their ranges") {
  CHECK(read_real("0.001", Range::above_zero) == 0.001f);
  CHECK(read_real("1e-3", Range::above_zero) == 1e-3f);
  CHECK(read_real("0", Range::zero_or_more) == 0);
  CHECK(read_real("0.9", Range::zero_to_below_one) == 0.9f);
  for (const char* bad : {"", "nan", "-nan", "inf", "-inf", "1e99", "0.1x", "1,5", "-0.1", "a"})
    for (const Range range : {Range::above_zero, Range::zero_or_more, Range::zero_to_below_one})
      CHECK_THROWS_AS(read_real(bad, range), UsageError);
  CHECK_THROWS_AS(read_real("0", Range::above_zero), UsageError);
  CHECK_THROWS_AS(read_real("1", Range::zero_to_below_one), UsageError);
}

TEST_CASE("sizes with and without units") {
  CHECK(read_bytes("1") == 1);
  CHECK(read_bytes("262144") == 262144);
  CHECK(read_bytes("100B") == 100);
  CHECK(read_bytes("64k") == 65536);
  CHECK(read_bytes("64K") == 65536);
  CHECK(read_bytes("256KiB") == 262144);
  CHECK(read_bytes("256kib") == 262144);
  CHECK(read_bytes("1kB") == 1000);
  CHECK(read_bytes("1MiB") == 1048576);
  CHECK(read_bytes("3M") == 3145728);
  CHECK(read_bytes("2MB") == 2000000);
  CHECK(read_bytes("1GB") == 1000000000);
  CHECK(read_bytes("1G") == 1073741824);
  for (const char* bad : {"", "0", "0KiB", "KiB", "-1", "1.5MiB", "1 MiB", "1TiB", "1KiBs", "1KK",
                          "99999999999999999999", "18446744073709551615K", "nan"})
    CHECK_THROWS_AS(read_bytes(bad), UsageError);
}

TEST_CASE("times with and without units") {
  CHECK(read_duration("90") == 90);
  CHECK(read_duration("90s") == 90);
  CHECK(read_duration("1.5min") == 90);
  CHECK(read_duration("2h") == 7200);
  for (const char* bad : {"", "0", "0s", "s", "-1", "1m", "1 h", "1.2.3", "nan", "inf", "1e3", "2hours"})
    CHECK_THROWS_AS(read_duration(bad), UsageError);
}

TEST_CASE("CPUs") {
  CHECK(read_cpus("3") == std::vector<std::size_t>{3});
  CHECK(read_cpus("0,2-4,1023") == std::vector<std::size_t>{0, 2, 3, 4, 1023});
  for (const char* bad :
       {"", ",", "1,", "-", "1-", "-1", "3-2", "1,1", "0-2,2", "1024", "0-99999999999999999999", "a", " 1"})
    CHECK_THROWS_AS(read_cpus(bad), UsageError);
}

TEST_CASE("percentages") {
  CHECK(read_percent("50%") == 0.5);
  CHECK(read_percent("100%") == 1);
  for (const char* bad : {"", "%", "0%", "-5%", "101%", "50", "nan%", "5%%"})
    CHECK_THROWS_AS(read_percent(bad), UsageError);
}

TEST_CASE("shapes") {
  CHECK(read_shape("28x28x1") == Shape{28, 28, 1});
  CHECK(read_shape("7") == Shape{7});
  CHECK(read_shape("1x2x3x4x5x6") == Shape{1, 2, 3, 4, 5, 6});
  for (const char* bad : {"", "x", "28x", "x28", "28xx1", "0", "28x0x1", "-1", "28,28", "a", "1x2x3x4x5x6x7", "28x28 ",
                          "99999999999999999999"})
    CHECK_THROWS_AS(read_shape(bad), UsageError);
}

TEST_CASE("words and suggestions") {
  const std::vector<std::string_view> words = {"train", "test"};
  CHECK(read_word("test", "part", words) == "test");
  CHECK_THROWS_WITH(read_word("tset", "part", words), "unknown part 'tset'; did you mean test?");
  CHECK_THROWS_WITH(read_word("validation", "part", words), "unknown part 'validation'; expected one of: train test");
  CHECK_THROWS_AS(read_word("", "part", words), UsageError);
  CHECK_THROWS_AS(read_text(""), UsageError);
}

}  // namespace
}  // namespace treadle::tool
