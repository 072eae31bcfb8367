// The keywords of JSON Schema that the schema of job files uses, for the tests that hold values against it.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace treadle::test {

/// Whether `value` is as `schema` has it. A keyword that is not known makes the test fail.
bool is_valid(const nlohmann::json& schema, const nlohmann::json& value);

}  // namespace treadle::test
