// What the JSON description of a raw binary data set says.
#pragma once

#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/number_type.hpp"

namespace treadle::data {

struct RawDescription {
  SampleInfo info;                                              ///< its scaling: of uint8
  std::optional<Scaling> scaling{};                             ///< of values of another type, as they are read
  std::string features;                                         ///< the file's name as it is written
  std::string labels;                                           ///< empty if there are none
  formats::NumberType type = formats::NumberType::uint8;        ///< of the features
  formats::NumberType label_type = formats::NumberType::uint8;  ///< whole numbers
  std::uint64_t feature_bytes = 0;                              ///< of the whole file
  std::uint64_t label_bytes = 0;
};

/// Takes the text of a description as it is documented at open_raw(). Every field but `scale` and `offset`, and those
/// of labels, has to be there and no other may be. Errors name the field.
Result<RawDescription> parse_raw_description(std::string_view text);

}  // namespace treadle::data
