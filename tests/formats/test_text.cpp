#include "formats/text.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

TEST_CASE("utf8_length accepts what RFC 3629 allows and nothing else") {
  struct Case {
    std::string_view text;
    std::size_t length;
  };
  const Case cases[] = {
      {"", 0},
      {"a", 1},
      {std::string_view{"\0", 1}, 1},
      {"\x7F", 1},
      {"\x80", 0},      // a continuation byte alone
      {"\xC0\x80", 0},  // overlong
      {"\xC1\xBF", 0},  // overlong
      {"\xC2\x80", 2},
      {"\xDF\xBF", 2},
      {"\xDF", 0},  // cut short
      {"\xDF\x7F", 0},
      {"\xE0\x9F\xBF", 0},  // overlong
      {"\xE0\xA0\x80", 3},
      {"\xED\x9F\xBF", 3},
      {"\xED\xA0\x80", 0},  // surrogate
      {"\xEF\xBF\xBF", 3},
      {"\xEF\xBF", 0},
      {"\xF0\x8F\xBF\xBF", 0},  // overlong
      {"\xF0\x90\x80\x80", 4},
      {"\xF4\x8F\xBF\xBF", 4},
      {"\xF4\x90\x80\x80", 0},  // above U+10FFFF
      {"\xF0\x90\x80\xC0", 0},
      {"\xF5\x80\x80\x80", 0},
      {"\xFF", 0},
      {"\xC3\xA9tude", 2},
  };
  for (const Case& c : cases) {
    INFO(std::string{shown_text(c.text).text()});
    CHECK(utf8_length(c.text) == c.length);
  }
}

TEST_CASE("quoted text cannot break a line or a terminal") {
  CHECK(shown_text("abc").text() == "\"abc\"");
  CHECK(shown_text("").text() == "\"\"");
  CHECK(shown_text("a\nb\r\t\"\\").text() == "\"a\\nb\\r\\t\\\"\\\\\"");
  CHECK(shown_text("\x1B[31m\x7F").text() == "\"\\x1b[31m\\x7f\"");
  CHECK(shown_text("\xC2\x9B").text() == "\"\\xc2\\x9b\"");  // a C1 control, in UTF-8
  CHECK(shown_text("\xFF").text() == "\"\\xff\"");
  CHECK(shown_text("\xC3\xA9").text() == "\"\xC3\xA9\"");
  CHECK(shown_text(std::string_view{"\0", 1}).text() == "\"\\x00\"");
  const Message cut = shown_text(std::string(1000, 'x'), 10);
  CHECK(cut.text() == "\"xxxxxxxxxx...\"");
}

TEST_CASE("a path is shown in one line, a long one by its end") {
  CHECK(shown_path("a/b c").text() == "a/b c");
  CHECK(shown_path("").text() == "\"\"");
  CHECK(shown_path("a\nb").text() == "a\\nb");
  const std::string long_path = std::string(500, 'x') + "/the-end";
  const Message shown = shown_path(long_path);
  CHECK(shown.text().size() < 130);
  CHECK(shown.text().substr(0, 3) == "...");
  CHECK(shown.text().substr(shown.text().size() - 8) == "/the-end");
  // Cut in the middle of a character, it goes on with the next one.
  std::string accents;
  for (int i = 0; i < 200; ++i) accents += "\xC3\xA9";
  for (const char* end : {"", "x"}) {
    const Message accented = shown_path(accents + end);
    CHECK(accented.text().find('\\') == std::string_view::npos);
  }
}

TEST_CASE("in_file keeps the code and puts the path first") {
  const Error error = in_file("a.idx", {ErrorCode::too_large, "too much"});
  CHECK(error.code == ErrorCode::too_large);
  CHECK(error.text() == "a.idx: too much");
  CHECK(in_file("a", {ErrorCode::io, "\"b\"\n"}).text() == "a: \"b\"\\n");
}

}  // namespace
}  // namespace treadle::formats
