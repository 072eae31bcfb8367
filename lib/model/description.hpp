// A model's description as JSON: {"format":1,"input":[28,28,1],"layers":[{"type":"Flatten"},{"type":"Dense",...}]}.
// A layer's fields are those that its visit_fields() names, all of them.
#pragma once

#include <treadle/model.hpp>
#include <treadle/result.hpp>

#include <string>
#include <string_view>

namespace treadle::model {

/// Counts the changes to this format that older readers would misread.
inline constexpr std::size_t description_format = 1;

/// The same text for the same model everywhere.
std::string describe(const ModelView& model);

/// A model without parameters from what describe() wrote. Whether its layers fit together is not checked. Errors name
/// the layer and field: `bad_format`, or `unsupported` for a newer format or an unknown type of layer.
Result<Model> parse_description(std::string_view json);

}  // namespace treadle::model
