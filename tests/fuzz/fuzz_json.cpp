#include <cmath>

#include "formats/json.hpp"
#include "formats/json_writer.hpp"
#include "fuzz.hpp"

namespace {

using namespace treadle;
using namespace treadle::formats;

/// Writes the value again. Numbers that are no doubles become null.
void rewrite(JsonValue value, JsonWriter& out) {
  switch (value.kind()) {
    case JsonKind::null:
      out.value(static_cast<double>(NAN));
      break;
    case JsonKind::boolean:
      out.value(*value.as_boolean());
      break;
    case JsonKind::number:
      if (const auto whole = value.as_unsigned())
        out.value(*whole);
      else
        out.value(value.as_real<double>().value_or(NAN));
      break;
    case JsonKind::string:
      out.value(*value.as_string());
      break;
    case JsonKind::array:
      out.begin_array();
      for (JsonValue element : value.elements()) rewrite(element, out);
      out.end_array();
      break;
    case JsonKind::object:
      out.begin_object();
      for (const JsonMember& member : value.members()) {
        fuzz::require(value.find(member.key).has_value(), "a member is found by its name");
        rewrite(member.value, out.key(member.key));
      }
      out.end_object();
      break;
  }
}

std::string rewritten(const JsonDocument& document) {
  JsonWriter writer;
  rewrite(document.root(), writer);
  return writer.take();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = JsonDocument::parse({reinterpret_cast<const char*>(data), size});
  if (!document) {
    fuzz::require_one_line(document.error());
    return 0;
  }
  const std::string once = rewritten(*document);
  const auto again = JsonDocument::parse(once);
  fuzz::require(again.has_value(), "what is written is JSON");
  fuzz::require(rewritten(*again) == once, "what is written reads back the same");
  return 0;
}
