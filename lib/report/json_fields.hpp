// Takes named members out of a JSON object and keeps the first that is missing or of another kind.
#pragma once

#include <treadle/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json.hpp"

namespace treadle::reporting {

/// "byte 7: <expected>, got a number": what was found at `place` is of another kind.
Error wrong(formats::JsonValue place, const Message& expected);
/// The text as one object. Errors: `bad_format` with the byte.
Result<formats::JsonDocument> parse_object(std::string_view text);

class Fields {
 public:
  explicit Fields(formats::JsonValue object) noexcept : object_(object) {
    if (object.kind() != formats::JsonKind::object) fail(object, "expected an object");
  }

  void whole(std::string_view name, std::uint64_t& target);
  /// Missing leaves it as it is.
  void maybe_whole(std::string_view name, std::uint64_t& target);
  /// Null is NaN.
  void real(std::string_view name, double& target);
  /// Missing or null is nothing.
  void maybe_real(std::string_view name, std::optional<double>& target);
  void text(std::string_view name, std::string& target);
  void wholes(std::string_view name, std::vector<std::uint64_t>& target);
  void texts(std::string_view name, std::vector<std::string>& target);

  /// The first problem, if there was one.
  Result<void> result() const noexcept { return problem_ ? Result<void>{*problem_} : Result<void>{}; }

 private:
  void fail(formats::JsonValue place, const Message& expected) noexcept;
  std::optional<formats::JsonValue> need(std::string_view name) noexcept;
  std::optional<formats::JsonValue> need_array(std::string_view name) noexcept;

  formats::JsonValue object_;
  std::optional<Error> problem_;
};

}  // namespace treadle::reporting
