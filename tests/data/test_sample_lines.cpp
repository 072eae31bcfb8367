#include <treadle/split.hpp>

#include "support/broken_files.hpp"

namespace treadle::data {
namespace {

using test::check_error, test::to_bytes;

std::string_view text_of(const test::ByteVector& file) {
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

TEST_CASE("a group or a weight for each sample, one a line") {
  CHECK(parse_groups("7\n-2\r\n7", 3).value() == std::vector<std::int32_t>{7, -2, 7});
  CHECK(parse_groups("", 0).value().empty());
  CHECK(parse_groups("robot-b\nrobot-a\r\nrobot-b\n", 3).value() == std::vector<std::int32_t>{1, 0, 1});
  CHECK(parse_groups("2\n1.5\n10\n", 3).value() == std::vector<std::int32_t>{2, 0, 1});
  CHECK(parse_weights("0.5\n0\n1e3\n", 3).value() == std::vector<float>{0.5f, 0, 1000});
  const test::TemporaryFolder folder;
  test::put_file(folder / "numbers", to_bytes("1\n2\n"));
  CHECK(groups_by_file(folder / "numbers", 2).value() == std::vector<std::int32_t>{1, 2});
  CHECK(weights_by_file(folder / "numbers", 2).value() == std::vector<float>{1, 2});
  check_error(weights_by_file(folder / "numbers", 3), ErrorCode::bad_format, {folder / "numbers", "2 lines"});
  check_error(groups_by_file(folder / "none", 3), ErrorCode::not_found, {folder / "none"});
}

TEST_CASE("files are taken as editors and spreadsheets leave them") {
  CHECK(parse_groups("\xEF\xBB\xBF"
                     "7\n -2 \t\r\n7\n\n \r\n",
                     3)
            .value() == std::vector<std::int32_t>{7, -2, 7});
  CHECK(parse_groups("\xEF\xBB\xBFrobot b \n robot a\nrobot b", 3).value() == std::vector<std::int32_t>{1, 0, 1});
  CHECK(parse_weights("0.5 \n\t1\n\n", 2).value() == std::vector<float>{0.5f, 1});
  CHECK(parse_weights("\xEF\xBB\xBF\n \n", 0).value().empty());
  CHECK(parse_split("\xEF\xBB\xBF"
                    "3 \n 0\n\n\n",
                    9)
            .value()
            .validation.indices() == std::vector<std::uint32_t>{0, 3});
}

TEST_CASE("files of groups and weights that do not fit are refused with the line") {
  constexpr auto bad = ErrorCode::bad_format;
  const test::BrokenFile groups[] = {
      {"an empty line", to_bytes("1\n\n2\n"), bad, "line 2: expected a group's name or number"},
      {"an empty first line", to_bytes("\n1\n2\n"), bad, "line 1: expected a group's name or number"},
      {"blank lines alone", to_bytes("\n \n"), bad, "0 lines"},
      {"an empty line among names", to_bytes("a\n\r\nb\n"), bad, "line 2: expected a group's name or number"},
      {"too few names", to_bytes("robot\n"), bad, "1 lines, expected one for each of 2 samples"},
      {"too many names", to_bytes("a\nb\nc\n"), bad, "line 3: expected no more lines than the 2 samples"},
      {"too few", to_bytes("1\n"), bad, "1 lines, expected one for each of 2 samples"},
      {"nothing", {}, bad, "0 lines"},
      {"too many", to_bytes("1\n2\n3\n"), bad, "line 3: expected no more lines than the 2 samples"},
  };
  test::check_broken(groups, [](const test::ByteVector& file) { return parse_groups(text_of(file), 2); });
  const test::BrokenFile weights[] = {
      {"negative", to_bytes("1\n-0.5\n"), bad, "line 2: expected a number of at least 0"},
      {"not a number", to_bytes("nan\n1\n"), bad, "line 1: expected a number"},
      {"infinite", to_bytes("1\ninf\n"), bad, "line 2: expected a number"},
      {"beyond float32", to_bytes("1e39\n1\n"), bad, "line 1: expected a number"},
      {"two in a line", to_bytes("1 2\n3\n"), bad, "line 1: expected a number"},
      {"too few", to_bytes("1\n"), bad, "1 lines"},
  };
  test::check_broken(weights, [](const test::ByteVector& file) { return parse_weights(text_of(file), 2); });
}

}  // namespace
}  // namespace treadle::data
