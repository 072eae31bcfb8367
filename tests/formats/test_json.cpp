#include "formats/json.hpp"

#include <array>
#include <cmath>

#include "formats/json_writer.hpp"
#include "support/files.hpp"

namespace treadle::formats {
namespace {

using test::check_error;

std::string nested(std::size_t depth, const std::string& open, const std::string& inner, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += inner;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST_CASE("values of each kind are read") {
  const std::string text = R"( {"a": [1, -2.5e1, true, false, null], "b": {"c": "text"}, "": 0, "e": [], "f": {} } )";
  const JsonDocument document = JsonDocument::parse(text).value();
  const JsonValue root = document.root();
  CHECK(root.kind() == JsonKind::object);
  CHECK(root.position() == 1);
  const std::vector<JsonMember> members = root.members();
  REQUIRE(members.size() == 5);
  CHECK(members[0].key == "a");
  CHECK(members[4].key == "f");
  CHECK(members[4].value.members().empty());
  const std::vector<JsonValue> elements = members[0].value.elements();
  REQUIRE(elements.size() == 5);
  CHECK(elements[0].as_unsigned() == 1u);
  CHECK(elements[0].position() == 8);
  CHECK_FALSE(elements[1].as_unsigned());
  CHECK(elements[1].as_real<double>() == -25.0);
  CHECK(elements[1].as_real<float>() == -25.0f);
  CHECK(elements[2].as_boolean() == true);
  CHECK(elements[3].as_boolean() == false);
  CHECK(elements[4].kind() == JsonKind::null);
  CHECK(root.find("b")->find("c")->as_string() == "text");
  CHECK(root.find("")->as_unsigned() == 0u);
  CHECK_FALSE(root.find("c"));
  CHECK(root.find("e")->elements().empty());
}

TEST_CASE("a value is nothing but what it is") {
  const std::string text = R"([null, true, 1, "1", [1], {"a": 1}])";
  const JsonDocument document = JsonDocument::parse(text).value();
  const std::vector<JsonValue> values = document.root().elements();
  REQUIRE(values.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    INFO(i);
    CHECK(values[i].as_boolean().has_value() == (i == 1));
    CHECK(values[i].as_unsigned().has_value() == (i == 2));
    CHECK(values[i].as_real<double>().has_value() == (i == 2));
    CHECK(values[i].as_string().has_value() == (i == 3));
    CHECK(values[i].elements().empty() == (i != 4));
    CHECK(values[i].members().empty() == (i != 5));
    CHECK(values[i].find("a").has_value() == (i == 5));
    CHECK(name(values[i].kind()) ==
          std::array<std::string_view, 6>{"null", "a boolean", "a number", "a string", "an array", "an object"}[i]);
  }
}

TEST_CASE("numbers are exact or nothing") {
  struct Case {
    std::string_view text;
    std::optional<std::uint64_t> whole;
    std::optional<double> real;
  };
  const Case cases[] = {
      {"0", 0, 0.0},
      {"18446744073709551615", UINT64_MAX, 18446744073709551615.0},
      {"18446744073709551616", {}, 18446744073709551616.0},
      {"99999999999999999999999", {}, 1e23},
      {"-1", {}, -1.0},
      {"-0", {}, -0.0},
      {"1.0", {}, 1.0},
      {"1e2", {}, 100.0},
      {"0.1", {}, 0.1},
      {"1E-2", {}, 0.01},
      {"1e+2", {}, 100.0},
      {"1e999", {}, {}},
  };
  for (const Case& c : cases) {
    INFO(std::string{c.text});
    const JsonDocument document = JsonDocument::parse(c.text).value();
    CHECK(document.root().as_unsigned() == c.whole);
    CHECK(document.root().as_real<double>() == c.real);
  }
}

TEST_CASE("strings are unescaped, in names too") {
  const std::string text =
      "{\"\\u0061\\\"\\\\\\/\\b\\f\\n\\r\\t\": \"x\\u00e9\\u20AC\\ud83d\\ude00y\", \"\xC3\xA9\": \"\"}";
  const JsonDocument document = JsonDocument::parse(text).value();
  const std::vector<JsonMember> members = document.root().members();
  REQUIRE(members.size() == 2);
  CHECK(members[0].key == "a\"\\/\b\f\n\r\t");
  CHECK(members[0].value.as_string() == "x\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80y");
  CHECK(members[1].key == "\xC3\xA9");
  CHECK(members[1].value.as_string() == "");
  const std::string zero = R"("a\u0000b")";
  CHECK(JsonDocument::parse(zero).value().root().as_string() == std::string_view{"a\0b", 3});
}

TEST_CASE("what is not JSON is refused with the byte") {
  struct Case {
    std::string_view text;
    std::string_view words;
  };
  const Case cases[] = {
      {"", "expected a value at byte 0, where the text ends"},
      {"   ", "expected a value at byte 3"},
      {"\xEF\xBB\xBF{}", "expected a value at byte 0"},
      {"{} {}", "expected the end of the text at byte 3"},
      {"{}\x01", "expected the end of the text at byte 2, got \"\\x01\""},
      {"{", "expected a name at byte 1"},
      {"{\"a\"", "expected \":\" at byte 4"},
      {"{\"a\":", "expected a value at byte 5"},
      {"{\"a\":1", "expected \",\" or \"}\" at byte 6"},
      {"{\"a\":1,", "expected a name at byte 7"},
      {"{\"a\":1,}", "expected a name at byte 7"},
      {"{\"a\" 1}", "expected \":\" at byte 5"},
      {"{1:1}", "expected a name at byte 1"},
      {"{,}", "expected a name at byte 1"},
      {"[", "expected a value at byte 1"},
      {"[1", "expected \",\" or \"]\" at byte 2"},
      {"[1,", "expected a value at byte 3"},
      {"[1,]", "expected a value at byte 3"},
      {"[1 2]", "expected \",\" or \"]\" at byte 3"},
      {"[1}", "expected \",\" or \"]\" at byte 2"},
      {"]", "expected a value at byte 0"},
      {"tru", "expected a value at byte 0"},
      {"truely", "expected the end of the text at byte 4"},
      {"True", "expected a value at byte 0"},
      {"nul", "expected a value at byte 0"},
      {"NaN", "expected a value at byte 0"},
      {"Infinity", "expected a value at byte 0"},
      {"-Infinity", "expected a digit at byte 1"},
      {"01", "expected the end of the text at byte 1"},
      {"-", "expected a digit at byte 1"},
      {"+1", "expected a value at byte 0"},
      {".5", "expected a value at byte 0"},
      {"1.", "expected a digit at byte 2"},
      {"1.e1", "expected a digit at byte 2"},
      {"1e", "expected a digit at byte 2"},
      {"1e+", "expected a digit at byte 3"},
      {"0x10", "expected the end of the text at byte 1"},
      {"'a'", "expected a value at byte 0"},
      {"\"", "expected the end of a string at byte 1"},
      {"\"abc", "expected the end of a string at byte 4"},
      {"\"a\nb\"", "no control character in a string at byte 2"},
      {"\"\x80\"", "expected UTF-8 at byte 1"},
      {"\"a\xC0\x80\"", "expected UTF-8 at byte 2"},
      {"\"\xE2\x82", "expected UTF-8 at byte 1"},
      {"\"\\x\"", "expected an escaped character at byte 2"},
      {"\"\\", "expected an escaped character at byte 2"},
      {"\"\\u12\"", "expected four hexadecimal digits at byte 3"},
      {"\"\\u-123\"", "expected four hexadecimal digits at byte 3"},
      {"\"\\u12g4\"", "expected four hexadecimal digits at byte 3"},
      {"\"\\u123", "expected four hexadecimal digits at byte 3"},
      {"\"\\ud800\"", "surrogate"},
      {"\"\\ud800\\u0041\"", "expected a surrogate pair at byte 1"},
      {"\"\\ud800\\n\"", "surrogate"},
      {"\"\\udc00\"", "expected a surrogate pair at byte 1"},
      {"// comment\n1", "expected a value at byte 0"},
      {"{\"a\":1,\"b\":2,\"a\":3}", "the name \"a\" comes twice, again at byte 13"},
      {"{\"a\":1,\"\\u0061\":3}", "the name \"a\" comes twice, again at byte 7"},
      {"[{\"x\":{\"\":1,\"\":1}}]", "the name \"\" comes twice, again at byte 12"},
  };
  for (const Case& c : cases) {
    INFO(std::string{c.text});
    check_error(JsonDocument::parse(c.text), ErrorCode::bad_format, {"JSON: ", c.words});
  }
  check_error(JsonDocument::parse("[1", 8), ErrorCode::bad_format, {"at byte 10"});
}

TEST_CASE("the same name in two objects is fine") {
  CHECK(JsonDocument::parse(R"({"a":{"a":1},"b":{"a":[{"a":1},{"a":1}]}})").has_value());
}

TEST_CASE("depth and number of values have limits") {
  struct Brackets {
    std::string open, inner, close;
  };
  for (const auto& [open, inner, close] : {Brackets{"[", "", "]"}, Brackets{"{\"a\":", "[]", "}"}}) {
    CHECK(JsonDocument::parse(nested(63, open, "[]", close)).has_value());
    for (std::size_t depth : {65, 1000, 100'000, 1'000'000})
      check_error(JsonDocument::parse(nested(depth, open, inner, close)), ErrorCode::too_large,
                  {"more than 64 arrays and objects", "at byte " + std::to_string(64 * open.size())});
  }
  // Unfinished nesting is no other case.
  check_error(JsonDocument::parse(std::string(100'000, '[')), ErrorCode::too_large, {"more than 64"});
  std::string many = "[0";
  while (many.size() < 2 * (JsonDocument::max_nodes - 1)) many += ",0";
  CHECK(JsonDocument::parse(many + "]").has_value());
  check_error(JsonDocument::parse(many + ",0]"), ErrorCode::too_large, {"more than 4000000 values"});
}

TEST_CASE("many names that share a long start are compared quickly") {
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i) text += (i == 0 ? "\"" : ",\"") + std::string(100, 'x') + std::to_string(i) + "\":0";
  CHECK(JsonDocument::parse(text + "}").value().root().members().size() == 20'000);
}

TEST_CASE("the writer sets commas, escapes, and shortens numbers") {
  JsonWriter writer;
  writer.begin_object().key("a").value(1u).key("b\n").begin_array().value(true).value("x\"\\\x01\x7F").value(-5);
  writer.begin_array().end_array().begin_object().end_object().value(0.1f).value(0.1).value(1e300).value(HUGE_VAL);
  writer.end_array().key("\xFF\xC3\xA9").value(std::string(2, 'z')).key("n").value(UINT64_MAX).end_object();
  CHECK(writer.text() ==
        "{\"a\":1,\"b\\u000a\":[true,\"x\\\"\\\\\\u0001\x7F\",-5,[],{},0.1,0.1,1e+300,null],"
        "\"\xEF\xBF\xBD\xC3\xA9\":\"zz\",\"n\":18446744073709551615}");
  CHECK(JsonDocument::parse(writer.text()).has_value());
}

}  // namespace
}  // namespace treadle::formats
