#include <rapidcheck.h>
#include <treadle/data.hpp>

#include <charconv>
#include <cmath>

#include "data/csv_dataset.hpp"
#include "data/csv_source.hpp"
#include "support/files.hpp"

namespace treadle::data {
namespace {

using test::check_error, test::put_file, test::TemporaryFolder;

std::vector<float> floats(const Dataset& dataset) { return {dataset.floats().begin(), dataset.floats().end()}; }
std::vector<std::int32_t> labels(const Dataset& dataset) { return {dataset.labels().begin(), dataset.labels().end()}; }

TEST_CASE("features and labels are told apart") {
  struct Case {
    const char* what;
    std::string_view text;
    CsvOptions options;
  };
  const Case cases[] = {
      {"plain", "1.5,2,0\n-3,4e1,2\n", {}},
      {"header", "a,b,class\n1.5,2,0\n-3,4e1,2\n", {}},
      {"header in quotes", "\"a\",\"b\",\"class\"\n1.5,2,0\n-3,4e1,2", {}},
      {"label by name", "class,a,b\n0,1.5,2\n2,-3,40\n", {.label_column = "class"}},
      {"label by quoted name", "a,\"the \"\"class\"\"\",b\n1.5,0,2\n-3,2,40\n", {.label_column = "the \"class\""}},
      {"label by index", "1.5,0,2\n-3,2,40\n", {.label_column = "1"}},
      {"label by index, with header", "a,b,c\n0,1.5,2\n2,-3,40\n", {.label_column = "0"}},
      {"semicolons", "a;b;c\r\n1.5;2;0\r\n-3;40;2\r\n\r\n", {.separator = ';'}},
      {"tabs", "1.5\t2\t0\n-3\t40\t2", {.separator = '\t'}},
      {"blanks, quotes, plus", " +1.5, \"2\" ,0\n\"-3\",40, \"2\"", {}},
      {"labels with a point", "1.5,2,0.0\n-3,40,2.0", {}},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "1.5,2,0\n-3,40,2",
       {}},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    const Result<Dataset> dataset = parse_csv(c.text, c.options);
    REQUIRE(dataset);
    CHECK(dataset->sample_shape() == Shape{2});
    CHECK(dataset->classes() == 3);
    CHECK(floats(*dataset) == std::vector<float>{1.5f, 2.0f, -3.0f, 40.0f});
    CHECK(labels(*dataset) == std::vector<std::int32_t>{0, 2});
  }
}

TEST_CASE("a column whose name is a number is found by its name first") {
  const Dataset dataset = parse_csv("2,1,x\n5,6,7\n", {.label_column = "2"}).value();
  CHECK(labels(dataset) == std::vector<std::int32_t>{5});
  CHECK(floats(dataset) == std::vector<float>{6, 7});
}

TEST_CASE("the first line is what it is said to be") {
  const std::string_view numbers = "0,1,2\n5,6,7\n";
  CHECK(labels(parse_csv(numbers, {}).value()) == std::vector<std::int32_t>{2, 7});
  CHECK(labels(parse_csv(numbers, {.header = CsvHeader::no}).value()) == std::vector<std::int32_t>{2, 7});
  CHECK(labels(parse_csv(numbers, {.header = CsvHeader::yes}).value()) == std::vector<std::int32_t>{7});
  CHECK(floats(parse_csv(numbers, {.label_column = "0", .header = CsvHeader::yes}).value()) ==
        std::vector<float>{6, 7});
  check_error(parse_csv("a,b\n1,2\n", {.header = CsvHeader::no}), ErrorCode::bad_format,
              {"line 1, column 1: expected"});
  for (const std::string_view text : {",a,b\n0,1,2\n", "1,,2\n0,1,2\n"}) {
    check_error(parse_csv(text, {}), ErrorCode::bad_format, {"line 1, column ", "the cell is empty", "header"});
    CHECK(parse_csv(text, {.header = CsvHeader::yes}).value().size() == 1);
  }
  check_error(parse_csv("1,,2\n0,1,2\n", {.header = CsvHeader::no}), ErrorCode::bad_format,
              {"line 1, column 2", "empty"});
}

TEST_CASE("ignored columns count nowhere") {
  struct Case {
    std::string_view text;
    CsvOptions options;
  };
  const Case cases[] = {
      {"time,a,id,b,kind\n12:00,1.5,x,2,0\n12:01,-3,,40,2\n", {.ignored_columns = {"time", "id"}}},
      {"time,a,id,b,kind\n12:00,1.5,x,2,0\n12:01,-3,,40,2\n", {.ignored_columns = {"2", "time", "0"}}},
      {"a,b,kind,group\n1.5,2,0,x\n-3,40,2,y\n", {.ignored_columns = {"group"}}},
      {"12:00,1.5,2,0\n12:01,-3,40,2\n", {.ignored_columns = {"0"}}},
      {"kind,1,a,b\n0,x,1.5,2\n2,y,-3,40\n", {.label_column = "kind", .ignored_columns = {"1"}}},
      {",a,b,kind\n0,1.5,2,0\n1,-3,40,2\n", {.ignored_columns = {"0"}}},
      {"7,8,9,10\n0,1.5,2,0\n1,-3,40,2\n", {.header = CsvHeader::yes, .ignored_columns = {"7"}}},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const Dataset dataset = parse_csv(c.text, c.options).value();
    CHECK(floats(dataset) == std::vector<float>{1.5f, 2.0f, -3.0f, 40.0f});
    CHECK(labels(dataset) == std::vector<std::int32_t>{0, 2});
  }
  const CsvOptions unlabelled{.unlabelled_columns = 2, .ignored_columns = {"time"}};
  CHECK(floats(parse_csv("a,time,b\n1,12:00,2\n", unlabelled).value()) == std::vector<float>{1, 2});
  CHECK(labels(parse_csv("a,time,b,kind\n1,12:00,2,3\n", unlabelled).value()) == std::vector<std::int32_t>{3});

  const auto refused = [](CsvOptions options, ErrorCode code, std::string_view words) {
    check_error(parse_csv("a,b,kind\n1,2,0\n", options), code, {words});
  };
  refused({.ignored_columns = {"time"}}, ErrorCode::not_found, "no column \"time\": line 1 has columns 0 to 2: \"a\"");
  refused({.ignored_columns = {"3"}}, ErrorCode::not_found, "no column \"3\"");
  refused({.ignored_columns = {"a", "b"}}, ErrorCode::invalid_argument, "of 3 columns none is left for features");
  refused({.label_column = "a", .ignored_columns = {"0"}}, ErrorCode::invalid_argument, "\"a\" has the labels");
  check_error(parse_csv("1,2\n3,4,5\n", {.unlabelled_columns = 1, .ignored_columns = {"0"}}), ErrorCode::bad_format,
              {"line 2: expected 2 columns as in line 1, got 3"});
}

TEST_CASE("a file of as many columns as there are without labels has features alone") {
  for (const char* text : {"1,2,3\n4,5,6\n", "a,b,c\n1,2,3\n4,5,6\n"}) {
    const Dataset dataset = parse_csv(text, {.unlabelled_columns = 3}).value();
    CHECK(dataset.sample_shape() == Shape{3});
    CHECK(dataset.classes() == 1);
    CHECK(floats(dataset) == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(labels(dataset) == std::vector<std::int32_t>{0, 0});
  }
  const Dataset narrow = parse_csv("x\n1.5\n2\n", {.unlabelled_columns = 1}).value();
  CHECK(floats(narrow) == std::vector<float>{1.5f, 2});
  CHECK(narrow.sample_shape() == Shape{1});

  // Another number of columns, and a label column that is named, change nothing.
  for (const CsvOptions& options : {CsvOptions{.unlabelled_columns = 2}, CsvOptions{.unlabelled_columns = 4},
                                    CsvOptions{.label_column = "2", .unlabelled_columns = 3}}) {
    const Dataset labelled = parse_csv("1,2,3\n4,5,6\n", options).value();
    CHECK(floats(labelled) == std::vector<float>{1, 2, 4, 5});
    CHECK(labels(labelled) == std::vector<std::int32_t>{3, 6});
  }
  check_error(parse_csv("1,2\n3\n", {.unlabelled_columns = 2}), ErrorCode::bad_format, {"line 2: expected 2 columns"});
  check_error(parse_csv("1,2\n3,x\n", {.unlabelled_columns = 2}), ErrorCode::bad_format, {"line 2, column 2"});
}

TEST_CASE("what is printed is read back, to the bit") {
  const auto print = [](std::string& text, auto number) {
    char room[32];
    text.append(room, std::to_chars(room, room + sizeof room, number).ptr);
  };
  const auto holds = rc::check([&](const std::vector<std::pair<float, std::uint16_t>>& samples) {
    RC_PRE(!samples.empty());
    std::string text;
    std::size_t classes = 0;
    for (const auto& [feature, label] : samples) {
      RC_PRE(std::isfinite(feature));
      print(text, feature);
      text += ',';
      print(text, label);
      text += '\n';
      classes = std::max<std::size_t>(classes, label + 1u);
    }
    const Dataset dataset = parse_csv(text, {}).value();
    RC_ASSERT(dataset.size() == samples.size());
    RC_ASSERT(dataset.classes() == classes);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      RC_ASSERT(dataset.floats()[i] == samples[i].first);
      RC_ASSERT(dataset.labels()[i] == samples[i].second);
    }
  });
  CHECK(holds);
}

TEST_CASE("broken CSV is refused with line and column") {
  struct Case {
    const char* what;
    std::string text;
    ErrorCode code;
    std::string_view words;
    CsvOptions options = {};
  };
  const auto bad = ErrorCode::bad_format;
  const Case cases[] = {
      {"empty", "", bad, "no lines"},
      {"blank", "\n \r\n", bad, "no lines"},
      {"header only", "a,b\n", bad, "no samples after the header line"},
      {"one column", "1\n2\n", bad, "line 1: one column only, expected features and a label separated by \",\""},
      {"another separator", "1;2\n3;4\n", bad,
       "one column only, expected features and a label separated by \",\", and the line has \";\""},
      {"a line too short", "1,2,0\n3,4\n", bad, "line 2: expected 3 columns as in line 1, got 2"},
      {"a line too long", "a,b,c\n1,2,0\n3,4,5,6\n", bad, "line 3: expected 3 columns as in line 1, got 4"},
      {"a separator at the end", "1,2,0\n3,4,0,\n", bad, "line 2: expected 3 columns as in line 1, got 4"},
      {"an empty line", "1,2,0\n\n3,4,0\n", bad, "line 2 is empty"},
      {"text", "1,2,0\n3,x,0\n", bad, "line 2, column 2: expected a number, got \"x\""},
      {"text under a name", "a,b,c\n3,x,0\n", bad, "line 2, column 2 (\"b\"): expected a number, got \"x\""},
      {"an empty cell", "1,2,0\n3,,0\n", bad, "line 2, column 2: expected a number, the cell is empty"},
      {"a quoted empty cell", "1,2,0\n\"\",2,0\n", bad, "line 2, column 1: expected a number, the cell is empty"},
      {"infinity", "1,2,0\ninf,4,0\n", bad, "line 2, column 1: expected a finite number, got \"inf\""},
      {"nan in the first line", "nan,2,0\n", bad, "line 1, column 1: expected a finite number, got \"nan\""},
      {"beyond double", "1,1e999,0\n", bad, "line 1, column 2: expected a number in double's range"},
      {"beyond float", "1,1e39,0\n", bad, "line 1, column 2: expected a number in float32's range, got \"1e39\""},
      {"decimal comma", "1,2,0\n\"1,5\",2,0\n", bad, "line 2, column 1: expected a number, got \"1,5\""},
      {"an open quote", "1,2,0\n\"1,2,0\n", bad, "line 2, column 1: the quote is not closed"},
      {"a zero byte", std::string("1,2,0\n1,\0,0\n", 12), bad, "line 2, column 2: expected a number, got \"\\x00\""},
      {"a negative label", "1,2,0\n1,2,-1\n", bad,
       "line 2, column 3: expected a label, a whole number in 0 ... 999999"},
      {"a fractional label", "1,2,0.5\n", bad, "line 1, column 3: expected a label"},
      {"a label too large", "1,2,1000000\n", bad, "line 1, column 3: expected a label"},
      {"a huge label", "1,2,1e300\n", bad, "line 1, column 3: expected a label"},
      {"a label that is nan", "1,2,nan\n", bad, "line 1, column 3: expected a label"},
      {"a text label", "a,b,class\n1,2,cat\n", bad,
       "line 2, column 3 (\"class\"): expected a label, a whole number in 0 ... 999999, got \"cat\""},
      {"no such name",
       "a,b\n1,2\n",
       ErrorCode::not_found,
       "no column \"c\": line 1 has columns 0 to 1: \"a\", \"b\"",
       {.label_column = "c"}},
      {"no names",
       "1,2\n",
       ErrorCode::not_found,
       "no column \"c\": line 1 has columns 0 to 1 and no names",
       {.label_column = "c"}},
      {"no such index", "1,2\n", ErrorCode::not_found, "no column \"2\"", {.label_column = "2"}},
      {"a negative index", "1,2\n", ErrorCode::not_found, "no column \"-1\"", {.label_column = "-1"}},
      {"an index beyond 64 bits", "1,2\n", ErrorCode::not_found, "no column", {.label_column = "99999999999999999999"}},
      {"a name twice", "a,a\n1,2\n", bad, "two columns have the name \"a\"", {.label_column = "a"}},
      {"a long line", std::string(17'000'000, '1'), ErrorCode::too_large, "line 1 has more than 16777216 bytes"},
      {"separator in numbers", "1,2\n", ErrorCode::invalid_argument, "\".\" cannot separate", {.separator = '.'}},
      {"letter as separator", "1,2\n", ErrorCode::invalid_argument, "\"e\" cannot separate", {.separator = 'e'}},
      {"quote as separator", "1,2\n", ErrorCode::invalid_argument, "cannot separate", {.separator = '"'}},
      {"line end as separator", "1,2\n", ErrorCode::invalid_argument, "\"\\n\" cannot separate", {.separator = '\n'}},
      {"zero as separator", "1,2\n", ErrorCode::invalid_argument, "\"\\x00\" cannot", {.separator = '\0'}},
  };
  const TemporaryFolder folder;
  const std::string path = folder / "a.csv";
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(parse_csv(c.text, c.options), c.code, {c.words});
    put_file(path, test::to_bytes(c.text));
    check_error(open_csv(path, c.options), c.code, {c.words});
    if (c.text.size() > 1000) continue;
    for (const std::size_t piece : {1, 3, 8})
      check_error(open_csv_in_pieces(path, c.options, 0, piece), c.code, {c.words});
  }
}

TEST_CASE("a header of many long names makes a short message") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::string(200, 'x') + std::to_string(i) + ",";
  check_error(parse_csv(text + "y\n", {.label_column = "z"}), ErrorCode::not_found, {"columns 0 to 100", "..."});
}

TEST_CASE("a file is read, and named when it is broken or missing") {
  const TemporaryFolder folder;
  put_file(folder / "a.csv", test::to_bytes("x,y\n1,0\n2,1\n"));
  CHECK(load_csv(folder / "a.csv").value().size() == 2);
  put_file(folder / "b.csv", test::to_bytes("x,y\n1,0\n2,z\n"));
  check_error(load_csv(folder / "b.csv"), ErrorCode::bad_format, {folder / "b.csv: line 3, column 2"});
  check_error(load_csv(folder / "c.csv"), ErrorCode::not_found, {folder / "c.csv", "No such file"});
  check_error(load_csv(folder.path()), ErrorCode::io, {"Is a directory"});
}

}  // namespace
}  // namespace treadle::data
