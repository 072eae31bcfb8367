#include "json_schema.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <regex>

namespace treadle::test {
namespace {

using Json = nlohmann::json;

bool is_type(const std::string& type, const Json& value) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_boolean();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number() && std::floor(value.get<double>()) == value.get<double>();
  FAIL("unknown type " << type);
  return false;
}

bool has_type(const Json& types, const Json& value) {
  if (types.is_string()) return is_type(types.get<std::string>(), value);
  return std::any_of(types.begin(), types.end(),
                     [&](const Json& type) { return is_type(type.get<std::string>(), value); });
}

bool has_properties(const Json& schema, const Json& value) {
  for (const auto& item : value.items()) {
    const auto property = schema["properties"].find(item.key());
    if (property == schema["properties"].end()) {
      if (schema.value("additionalProperties", true)) continue;
      return false;
    }
    if (!is_valid(*property, item.value())) return false;
  }
  return true;
}

bool holds(const std::string& keyword, const Json& schema, const Json& value) {
  const Json& limit = schema[keyword];
  if (keyword == "type") return has_type(limit, value);
  if (keyword == "enum") return std::find(limit.begin(), limit.end(), value) != limit.end();
  if (keyword == "minimum") return !value.is_number() || value.get<double>() >= limit.get<double>();
  if (keyword == "maximum") return !value.is_number() || value.get<double>() <= limit.get<double>();
  if (keyword == "exclusiveMinimum") return !value.is_number() || value.get<double>() > limit.get<double>();
  if (keyword == "exclusiveMaximum") return !value.is_number() || value.get<double>() < limit.get<double>();
  if (keyword == "minLength") return !value.is_string() || value.get<std::string>().size() >= limit.get<std::size_t>();
  if (keyword == "pattern")
    return !value.is_string() || std::regex_search(value.get<std::string>(), std::regex(limit.get<std::string>()));
  if (keyword == "items")
    return !value.is_array() ||
           std::all_of(value.begin(), value.end(), [&](const Json& each) { return is_valid(limit, each); });
  if (keyword == "properties") return !value.is_object() || has_properties(schema, value);
  if (keyword == "additionalProperties") return true;  // with the properties
  for (const char* note : {"$schema", "title", "description", "default"})
    if (keyword == note) return true;
  FAIL("unknown keyword " << keyword);
  return false;
}

}  // namespace

bool is_valid(const Json& schema, const Json& value) {
  for (const auto& item : schema.items())
    if (!holds(item.key(), schema, value)) return false;
  return true;
}

}  // namespace treadle::test
