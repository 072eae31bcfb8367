#include "formats/csv.hpp"

#include <cmath>
#include <string>

#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::check_error;

using Lines = std::vector<std::vector<std::string>>;

Result<Lines> read_lines(std::string_view text, char separator = ',') {
  CsvReader reader{text, separator};
  Lines lines;
  std::vector<CsvCell> cells;
  for (;;) {
    const Result<bool> more = reader.next(cells);
    if (!more) return more.error();
    if (!*more) return lines;
    lines.emplace_back();
    for (const CsvCell& cell : cells) lines.back().push_back(unescaped(cell));
    CHECK(reader.line() == lines.size());
  }
}

TEST_CASE("lines and cells come out as they are written") {
  struct Case {
    std::string_view text;
    char separator;
    Lines lines;
  };
  const Case cases[] = {
      {"", ',', {}},
      {"\n", ',', {}},
      {"\r\n \n\t\n", ',', {}},
      {"1", ',', {{"1"}}},
      {"1,2\n3,4\n", ',', {{"1", "2"}, {"3", "4"}}},
      {"1,2\r\n3,4\r\n", ',', {{"1", "2"}, {"3", "4"}}},
      {"1,2\n3,4", ',', {{"1", "2"}, {"3", "4"}}},
      {"1,2\n\n\r\n  \n", ',', {{"1", "2"}}},
      {" 1 ,\t2\t", ',', {{"1", "2"}}},
      {",", ',', {{"", ""}}},
      {"1,,2,", ',', {{"1", "", "2", ""}}},
      {"1\t 2\t\n", '\t', {{"1", "2", ""}}},
      {"1\t2\n\t\n", '\t', {{"1", "2"}, {"", ""}}},
      {"1\t2\n\t", '\t', {{"1", "2"}, {"", ""}}},
      {"1\t2\n \r\n \n", '\t', {{"1", "2"}}},
      {"1 2\n \n\t\n", ' ', {{"1", "2"}, {"", ""}}},
      {"1 2  3", ' ', {{"1", "2", "", "3"}}},
      {"a;b c;d,e", ';', {{"a", "b c", "d,e"}}},
      {R"("a","b,c","")", ',', {{"a", "b,c", ""}}},
      {R"( "a" , "b""c""" )", ',', {{"a", "b\"c\""}}},
      {R"("""")", ',', {{"\""}}},
      {R"(a"b,c")", ',', {{"a\"b", "c\""}}},
      {"\" a \"", ',', {{" a "}}},
      {"\xEF\xBB\xBFx,y", ',', {{"x", "y"}}},
      {"\"a\rb\",c", ',', {{"a\rb", "c"}}},
  };
  for (const Case& c : cases) {
    INFO(std::string{c.text});
    const Result<Lines> lines = read_lines(c.text, c.separator);
    REQUIRE(lines);
    CHECK(*lines == c.lines);
  }
}

TEST_CASE("broken lines are refused with line and column") {
  check_error(read_lines("1\n\n2"), ErrorCode::bad_format, {"line 2 is empty"});
  check_error(read_lines("1\n2\n \t\r\n2"), ErrorCode::bad_format, {"line 3 is empty"});
  check_error(read_lines("\n1"), ErrorCode::bad_format, {"line 1 is empty"});
  check_error(read_lines("1,2\n3,\"4"), ErrorCode::bad_format, {"line 2, column 2", "not closed on this line"});
  check_error(read_lines("1,\"2\n3\""), ErrorCode::bad_format, {"line 1, column 2", "not closed on this line"});
  check_error(read_lines("\"1\"\""), ErrorCode::bad_format, {"line 1, column 1", "not closed"});
  check_error(read_lines("\"1\"2,3"), ErrorCode::bad_format, {"line 1, column 1", "follows the closing quote"});
  check_error(read_lines("\"1\" 2,3"), ErrorCode::bad_format, {"line 1, column 1", "follows the closing quote"});
  check_error(read_lines("1,2\r3,4\r"), ErrorCode::bad_format,
              {"line 1, column 2: a carriage return", "lines end in LF or CR LF, as tr"});
  check_error(read_lines("1,2\r\r\n3,4\r"), ErrorCode::bad_format, {"line 1, column 2: a carriage return"});
}

TEST_CASE("a line has a largest length") {
  std::string text(max_csv_line, '1');
  CHECK(read_lines(text).has_value());
  CHECK(read_lines(text + "\r\n2").has_value());
  check_error(read_lines("2\n" + text + "1"), ErrorCode::too_large, {"line 2", "16777216"});
  check_error(read_lines(text + "1\n2"), ErrorCode::too_large, {"line 1", "16777216"});
  check_error(read_lines(text + text), ErrorCode::too_large, {"line 1", "16777216"});
}

TEST_CASE("numbers are read whatever the locale, and nothing else is a number") {
  struct Case {
    std::string_view text;
    double value;
  };
  const Case numbers[] = {
      {"0", 0},    {"-0", -0.0}, {"12", 12},       {"+3", 3},          {"-1.5", -1.5},
      {".5", 0.5}, {"5.", 5},    {"1e3", 1000},    {"1E+3", 1000},     {"-2e-2", -0.02},
      {"007", 7},  {"0.1", 0.1}, {"1e308", 1e308}, {"5e-324", 5e-324}, {"3.4028236e38", 3.4028236e38}};
  for (const Case& c : numbers) {
    INFO(std::string{c.text});
    const Result<double> value = parse_csv_number({c.text});
    REQUIRE(value);
    CHECK(*value == c.value);
    CHECK(is_csv_number({c.text}));
  }
  for (const char* text : {"a",  "1a", "1 2", "0x10", "1,5",       "--1",   "+-1",   "++1",  "+",  "-", ".",
                           "e5", "1e", "1e+", "\x01", "1\xC2\xA0", "1_000", "1.2.3", "true", "$5", "5%"}) {
    INFO(text);
    check_error(parse_csv_number({text}), ErrorCode::bad_format, {"expected a number, got \""});
    CHECK_FALSE(is_csv_number({text}));
  }
  for (const char* text : {"inf", "-inf", "nan", "NaN", "infinity", "-Infinity", "+nan"}) {
    INFO(text);
    check_error(parse_csv_number({text}), ErrorCode::bad_format, {"finite number", text});
    CHECK(is_csv_number({text}));
  }
  for (const char* text : {"1e-400", "1e-99999999999999999999", "0.0000000001e-320", "100e-403", "0.1e-400"}) {
    INFO(text);
    for (const std::string& tiny : {std::string(text), "-" + std::string(text), "+" + std::string(text)}) {
      const Result<double> value = parse_csv_number({tiny});
      REQUIRE(value);
      CHECK(*value == 0);
      CHECK(std::signbit(*value) == (tiny[0] == '-'));
      CHECK(is_csv_number({tiny}));
    }
  }
  CHECK(parse_csv_number({"1" + std::string(400, '0') + "e-400"}).value() == 1);
  CHECK(parse_csv_number({"0." + std::string(400, '0') + "1"}).value() == 0);
  const std::string digits = "1" + std::string(400, '0');
  check_error(parse_csv_number({digits}), ErrorCode::bad_format, {"double's range"});
  for (const char* text : {"1e309", "-1e999", "1e+99999999999999999999", "0.001e400", "1000000e304"}) {
    check_error(parse_csv_number({text}), ErrorCode::bad_format, {"double's range", text});
    CHECK(is_csv_number({text}));
  }
  check_error(parse_csv_number({""}), ErrorCode::bad_format, {"the cell is empty"});
  CHECK_FALSE(is_csv_number({""}));
}

}  // namespace
}  // namespace treadle::formats
