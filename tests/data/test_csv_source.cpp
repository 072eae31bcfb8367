// CSV files that stay where they are.
#include <doctest/doctest.h>
#include <treadle/source.hpp>

#include <algorithm>
#include <numeric>

#include "data/csv_source.hpp"
#include "support/files.hpp"
#include "support/sources.hpp"

namespace treadle::data {
namespace {

using test::check_error, test::put_file, test::TemporaryFolder, test::to_bytes;

struct CsvFile {
  TemporaryFolder folder;
  std::string path = folder / "a.csv";

  explicit CsvFile(const std::string& text) { put_file(path, to_bytes(text)); }
  std::shared_ptr<const Source> open() const { return open_csv(path).value(); }
};

/// Lines of different length: 200 samples of three features, labels 0 to 6.
std::string many_lines() {
  std::string text = "a,b,c,label\n";
  for (int i = 0; i < 200; ++i)
    text += std::to_string(i * i * i) + ",  " + std::to_string(0.1 * i) + ",\"-1e-" + std::to_string(i % 40) + "\"," +
            std::to_string(i % 7) + (i % 3 == 0 ? "\r\n" : "\n");
  return text;
}

void check_same(const Source& source, const Dataset& expected) {
  test::check_same_samples(source, expected);
  CHECK(std::ranges::equal(source.labels().value(), expected.labels()));
}

TEST_CASE("a source of a CSV file has the samples of the data set in memory, whatever pieces it is read in") {
  const CsvOptions none, first{.label_column = "0"}, named{.label_column = "b"}, tabs{.separator = '\t'},
      unlabelled{.unlabelled_columns = 3}, header{.header = CsvHeader::yes}, ignored{.ignored_columns = {"0", "time"}};
  struct Case {
    std::string text;
    CsvOptions options;
  };
  const Case files[] = {
      {many_lines(), none},
      {"1,2,0\n3,4,1\n", none},
      {"1,2,0\n3,4,1", none},
      {"1,2,0\r\n3,4,1\r\n\n \r\n\t\n", none},
      {"\xEF\xBB\xBF"
       "5,2,0\n3,4,1\n",
       none},
      {"\xEF\xBB\xBF"
       "x,y,z\n3,4,1\n",
       none},
      {"2,2.5,0\n3,4,1\n", first},
      {"a,b,c\n1,2,0.5\n3,4,1\n", named},
      {"1\t2\t0\n3\t4\t1\n", tabs},
      {"1,2,0.5\n3,4,-1\n", unlabelled},
      {"0,1,2\n3,4,1\n", header},
      {",b,time,c\n1,2,12:00,0\n3,4,x,1\n", ignored},
  };
  for (const Case& c : files) {
    INFO(c.text.substr(0, 40));
    const CsvFile file(c.text);
    const Dataset expected = load_csv(file.path, c.options).value();
    check_same(*open_csv(file.path, c.options).value(), expected);
    for (const std::size_t piece : {1, 2, 3, 5, 16, 64, 1000})
      check_same(*open_csv_in_pieces(file.path, c.options, 0, piece).value(), expected);
  }
}

TEST_CASE("the first line alone says what the columns are") {
  const auto head = [](std::string text, const CsvOptions& options = {}) {
    return read_csv_head(CsvFile(text).path, options);
  };
  const CsvHead named = head("a,b,kind\n1,2,x\n").value();
  CHECK(named.header);
  CHECK(named.features == 2);
  CHECK(named.label_column == "kind");
  const CsvHead numbers = head("0,1,2\n").value();
  CHECK(!numbers.header);
  CHECK(numbers.label_column == "2");
  CHECK(head("0,1,2\n", {.unlabelled_columns = 3}).value().label_column.empty());
  CHECK(head("a,time,kind\n", {.ignored_columns = {"time"}}).value().features == 1);
  check_error(head("a,b\n", {.label_column = "c"}), ErrorCode::not_found, {".csv: no column \"c\""});
  check_error(head(""), ErrorCode::bad_format, {".csv: the file has no lines"});
  check_error(read_csv_head("/nowhere.csv"), ErrorCode::not_found, {"/nowhere.csv"});
}

TEST_CASE("samples are read in any order, neighbours at once") {
  const CsvFile file(many_lines());
  const Dataset expected = load_csv(file.path).value();
  const std::shared_ptr<const Source> source = file.open();
  for (const std::vector<std::uint32_t>& indices :
       {std::vector<std::uint32_t>{199, 0, 1, 2, 50, 49, 51, 199, 199}, {7}, {}}) {
    std::vector<float> samples(indices.size() * 3);
    std::vector<std::int32_t> labels(indices.size());
    REQUIRE(source->read(indices, std::as_writable_bytes(std::span(samples)), labels));
    for (std::size_t i = 0; i < indices.size(); ++i) {
      CHECK(std::ranges::equal(std::span(samples).subspan(i * 3, 3), expected.floats().subspan(indices[i] * 3, 3)));
      CHECK(labels[i] == expected.labels()[indices[i]]);
    }
  }
}

TEST_CASE("lines longer than a piece, and samples larger than what is read at once") {
  std::string text;
  for (int line = 0; line < 3; ++line) {
    for (int i = 0; i < 100'000; ++i) text += std::to_string(line * 100'000 + i) + ",";
    text += std::to_string(line) + "\n";
  }
  const CsvFile file(text);
  check_same(*file.open(), load_csv(file.path).value());
}

TEST_CASE("classes are the largest label plus one, or more if they are asked for") {
  const CsvFile file("1,2,0\n3,4,1\n");
  CHECK(file.open()->info().classes == 2);
  CHECK(open_csv(file.path, {}, 1).value()->info().classes == 2);
  CHECK(open_csv(file.path, {}, 5).value()->info().classes == 5);
}

TEST_CASE("a blank line between others is named, wherever the pieces end") {
  for (const std::string blank : {"\n", "\r\n", "  \n", "\n\n\n"}) {
    const CsvFile file("1,2,0\n3,4,1\n" + blank + "5,6,1\n");
    for (const std::size_t piece : {1, 6, 7, 12, 13, 14, 15, 16, 100})
      check_error(open_csv_in_pieces(file.path, {}, 0, piece), ErrorCode::bad_format,
                  {file.path + ": line 3 is empty"});
  }
}

TEST_CASE("what cannot be opened is named") {
  const CsvFile file("1,2,0\n");
  check_error(open_csv(file.folder / "none.csv"), ErrorCode::not_found, {"none.csv", "No such file"});
  check_error(open_csv(file.folder.path()), ErrorCode::io, {"Is a directory"});
  check_error(open_csv("/dev/null"), ErrorCode::unsupported, {"/dev/null: expected a regular file"});
}

TEST_CASE("a compressed file is read into memory, and its first line alone") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.csv.gz";
  const CsvFile plain(many_lines());
  put_file(path, test::gzipped(to_bytes(many_lines())));
  check_same(*plain.open(), load_csv(path).value());
  CHECK(read_csv_head(path).value().label_column == "label");
  CHECK(read_csv_head(path).value().features == 3);
  check_error(open_csv(path), ErrorCode::unsupported, {"a.csv.gz: a compressed file", "gunzip"});
  put_file(path, test::gzipped({}));
  check_error(load_csv(path), ErrorCode::bad_format, {"a.csv.gz: the file has no lines"});
  check_error(read_csv_head(path), ErrorCode::bad_format, {"a.csv.gz: the file has no lines"});
  put_file(path, test::gzipped(to_bytes("\"a")));
  check_error(read_csv_head(path), ErrorCode::bad_format, {"a.csv.gz: line 1, column 1: the quote is not closed"});
  put_file(path, test::first_bytes(test::gzipped(to_bytes(many_lines())), 100));
  check_error(load_csv(path), ErrorCode::bad_format, {"a.csv.gz: gzip: is cut short"});
  check_error(read_csv_head(path), ErrorCode::bad_format, {"a.csv.gz: gzip: is cut short"});
  // Numbers that compress far better than most.
  std::string same;
  for (int i = 0; i < 100'000; ++i) same += "1,0\n";
  put_file(path, test::gzipped(to_bytes(same)));
  CHECK(load_csv(path).value().size() == 100'000);
}

TEST_CASE("a file that changes after it was opened is an error of the line, and of no other") {
  const std::string before = "1,2,0\n3,4,1\n5,6,1\n";
  struct Case {
    std::string after;
    std::string_view words;
  };
  const Case cases[] = {{"1,2,0\n3,4,9\n5,6,1\n", "line 2: label 9 is not one of 2 classes"},
                        {"1,2,0\n3,x,1\n5,6,1\n", "line 2, column 2: expected a number"},
                        {"1,2,0\n3,411\n5,6,1\n", "line 2: expected 3 columns"},
                        {"1,2,0\n     \n5,6,1\n", "line 2 has become empty"},
                        {"1,2,0\n3,4", "ends at byte 9; it has become shorter"}};
  for (const Case& c : cases) {
    INFO(c.after);
    const CsvFile file(before);
    const std::shared_ptr<const Source> source = file.open();
    put_file(file.path, to_bytes(c.after));
    std::vector<float> sample(2);
    std::vector<std::int32_t> label(1);
    const auto read = [&](std::uint32_t index) {
      return source->read({&index, 1}, std::as_writable_bytes(std::span(sample)), label);
    };
    CHECK(read(0));
    check_error(read(1), ErrorCode::bad_format, {file.path + ": ", c.words});
    check_error(source->labels(), ErrorCode::bad_format, {file.path + ": "});
  }
}

}  // namespace
}  // namespace treadle::data
