#include "rules.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "output.hpp"

namespace treadle::tool::rules {
namespace {

using Json = nlohmann::ordered_json;

/// A decimal number as std::from_chars reads it, without a sign.
constexpr const char* decimal = "([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?";
/// The same without an exponent.
constexpr const char* plain_decimal = "([0-9]+\\.?[0-9]*|\\.[0-9]+)";

std::string pattern(const char* before, const char* number, const char* after) {
  return std::string("^") + before + number + after + "$";
}

/// Keywords for numbers say nothing of strings, and the other way round.
std::string schema_of(Json types, const Json& keywords) {
  Json schema = {{"type", std::move(types)}};
  schema.update(keywords);
  return schema.dump();
}

std::string as_integer(std::uint64_t least, std::uint64_t most, const char* form) {
  return schema_of({"integer", "string"}, {{"minimum", least}, {"maximum", most}, {"pattern", form}});
}

}  // namespace

Rule<std::string> text() { return {read_text, schema_of({"string", "number"}, {{"minLength", 1}})}; }

Rule<std::uint64_t> whole(std::uint64_t least, std::uint64_t most) {
  return {[least, most](const std::string& text) { return read_whole(text, least, most); },
          as_integer(least, most, "^[0-9]+$")};
}

Rule<float> real(Range range) {
  Json keywords = Json::object();
  if (std::isfinite(range.least)) keywords[range.with_least ? "minimum" : "exclusiveMinimum"] = as_written(range.least);
  if (std::isfinite(range.most)) keywords[range.with_most ? "maximum" : "exclusiveMaximum"] = as_written(range.most);
  keywords["pattern"] = pattern("-?", decimal, "");
  return {[range](const std::string& text) { return read_real(text, range); },
          schema_of({"number", "string"}, keywords)};
}

Rule<std::size_t> bytes() {
  return {[](const std::string& text) { return read_bytes(text); },
          as_integer(1, UINT64_MAX, "^0*[1-9][0-9]*([bB]|[kKmMgG]([iI]?[bB])?)?$")};
}

Rule<double> duration() {
  return {[](const std::string& text) { return read_duration(text); },
          schema_of({"number", "string"}, {{"minimum", shortest_duration},
                                           {"maximum", longest_duration},
                                           {"pattern", pattern("", plain_decimal, "(s|min|h)?")}})};
}

namespace {

std::string share_schema(const char* upper) {
  return schema_of({"number", "string"},
                   {{"exclusiveMinimum", 0}, {upper, 1}, {"pattern", pattern("", decimal, "%?")}});
}

}  // namespace

Rule<double> share() { return {read_share, share_schema("maximum")}; }

Rule<double> share_below_one() {
  const auto read = [](const std::string& text) {
    const double share = read_share(text);
    if (share == 1) throw UsageError("expected a share below 1 or 100%, got '" + text + "'");
    return share;
  };
  return {read, share_schema("exclusiveMaximum")};
}

Rule<double> percent() {
  return {[](const std::string& text) { return read_percent(text); },
          schema_of("string", {{"pattern", pattern("", decimal, "%")}})};
}

Rule<std::vector<std::size_t>> wholes(std::uint64_t least, std::uint64_t most) {
  return {[least, most](const std::string& text) { return read_wholes(text, least, most); },
          as_integer(least, most, "^[0-9]+(,([0-9]+|\\.\\.\\.,[0-9]+))*$")};
}

Rule<std::vector<std::size_t>> cpus() {
  return {[](const std::string& text) { return read_cpus(text); },
          as_integer(0, 1023, "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$")};
}

Rule<Shape> shape() {
  return {[](const std::string& text) { return read_shape(text); }, as_integer(1, SIZE_MAX, "^[0-9]+(x[0-9]+){0,5}$")};
}

Rule<std::string_view> word(std::string what, std::vector<std::string_view> words) {
  std::string schema = Json{{"enum", words}}.dump();
  return {[what = std::move(what), words = std::move(words)](const std::string& text) {
            return read_word(text, what, words);
          },
          std::move(schema)};
}

}  // namespace treadle::tool::rules
