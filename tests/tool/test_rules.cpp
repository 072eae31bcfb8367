// That what a rule reads and what its schema says are the same.
#include "rules.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fixture.hpp"
#include "job_file.hpp"
#include "json_schema.hpp"
#include "support/files.hpp"

namespace treadle::test {
namespace {

using Json = nlohmann::json;
using tool::Range, tool::Rule;

/// What a job's value is read as; none if no option takes it.
std::optional<std::string> text_of(const Json& value) {
  const std::string path = folder() + "/rule.json";
  write_whole_file(path, Json{{"x", value}}.dump());
  try {
    const tool::JobEntries entries = tool::read_job(path);
    if (entries.empty() || entries[0].boolean) return std::nullopt;
    return entries[0].value;
  } catch (const tool::UsageError&) {
    return std::nullopt;
  }
}

/// Values of all kinds, and of each kind those at an edge.
const std::vector<std::pair<Json, std::optional<std::string>>>& samples() {
  static const auto all = [] {
    std::vector<std::pair<Json, std::optional<std::string>>> pairs;
    for (const Json& value : {Json(true),
                              Json(Json::array()),
                              Json(Json::object()),
                              Json(0),
                              Json(1),
                              Json(2),
                              Json(-1),
                              Json(2.5),
                              Json(0.5),
                              Json(0.1),
                              Json(1.0),
                              Json(-0.5),
                              Json(0.001),
                              Json(0.0009),
                              Json(1e-7),
                              Json(1e9),
                              Json(1.5e9),
                              Json(10),
                              Json(11),
                              Json(180),
                              Json(181),
                              Json(1023),
                              Json(1024),
                              Json(UINT64_MAX),
                              Json(1e20),
                              Json(""),
                              Json(" "),
                              Json("0"),
                              Json("1"),
                              Json("01"),
                              Json("-1"),
                              Json("+1"),
                              Json("1."),
                              Json(".5"),
                              Json("."),
                              Json("0.5"),
                              Json("1e-3"),
                              Json("1e"),
                              Json("e3"),
                              Json("nan"),
                              Json("inf"),
                              Json("0x10"),
                              Json("50%"),
                              Json("100%"),
                              Json("%"),
                              Json("5 %"),
                              Json("0.5%"),
                              Json("1e1%"),
                              Json("90s"),
                              Json("1.5min"),
                              Json("2h"),
                              Json("2m"),
                              Json("h"),
                              Json(".5h"),
                              Json("1.2.3s"),
                              Json("256KiB"),
                              Json("1MB"),
                              Json("3k"),
                              Json("3ki"),
                              Json("7b"),
                              Json("0KiB"),
                              Json("KiB"),
                              Json("1TiB"),
                              Json("1,2,4"),
                              Json("1,2,...,8"),
                              Json("1,"),
                              Json(",1"),
                              Json("..."),
                              Json("0,2-3"),
                              Json("2-"),
                              Json("-"),
                              Json("28x28x1"),
                              Json("28x"),
                              Json("x28"),
                              Json("1x1x1x1x1x1"),
                              Json("1x1x1x1x1x1x1"),
                              Json("adam"),
                              Json("Adam"),
                              Json("sgd"),
                              Json("never"),
                              Json("a\nb"),
                              Json("1\n")})
      pairs.emplace_back(value, text_of(value));
    return pairs;
  }();
  return all;
}

/// Strings in `beyond_pattern` have the form, and the reader refuses what is in them.
template <class T>
void check_agreement(const Rule<T>& rule, std::vector<std::string> beyond_pattern = {}) {
  const Json schema = Json::parse(rule.schema);
  std::size_t accepted = 0;
  for (const auto& [value, text] : samples()) {
    bool reads = text.has_value();
    try {
      if (text) rule.read(*text);
    } catch (const tool::UsageError&) {
      reads = false;
    }
    const bool only_form = value.is_string() && std::find(beyond_pattern.begin(), beyond_pattern.end(),
                                                          value.template get<std::string>()) != beyond_pattern.end();
    const std::string shown = value.dump();
    CHECK_MESSAGE(is_valid(schema, value) == (reads || only_form), shown);
    accepted += reads;
  }
  CHECK(accepted > 0);
  CHECK(accepted < samples().size());
}

TEST_CASE("what a rule reads is valid by its schema, and nothing else") {
  SUBCASE("text") { check_agreement(tool::rules::text()); }
  SUBCASE("whole numbers") {
    check_agreement(tool::rules::whole(0));
    check_agreement(tool::rules::whole(1, 10), {"0"});
  }
  SUBCASE("numbers") {
    check_agreement(tool::rules::real(Range::any));
    check_agreement(tool::rules::real(Range::above_zero), {"0", "-1"});
    check_agreement(tool::rules::real(Range::above_one), {"0", "1", "01", "1.", "-1", ".5", "0.5", "1e-3"});
    check_agreement(tool::rules::real(Range::zero_or_more), {"-1"});
    check_agreement(tool::rules::real(Range::zero_to_one), {"-1"});
    check_agreement(tool::rules::real(Range::zero_to_below_one), {"-1", "1", "01", "1."});
    check_agreement(tool::rules::real({.least = 0, .most = 180}), {"-1"});
  }
  SUBCASE("sizes") { check_agreement(tool::rules::bytes()); }
  SUBCASE("times") { check_agreement(tool::rules::duration(), {"0"}); }
  SUBCASE("shares") {
    check_agreement(tool::rules::share(), {"0"});
    check_agreement(tool::rules::share_below_one(), {"0", "1", "01", "1.", "100%"});
    check_agreement(tool::rules::percent());
  }
  SUBCASE("lists") {
    check_agreement(tool::rules::wholes(1, 1024), {"0"});
    check_agreement(tool::rules::cpus());
    check_agreement(tool::rules::shape(), {"0", "0x10"});
  }
  SUBCASE("words") { check_agreement(tool::rules::word("optimizer", {"sgd", "adam"})); }
}

}  // namespace
}  // namespace treadle::test
