// What the JSON description of a raw binary data set says.
#pragma once

#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace treadle::data {

enum class LabelType : std::uint8_t { uint8, int32 };

struct RawDescription {
  SampleInfo info;
  std::string features;  ///< the file's name as it is written
  std::string labels;
  LabelType label_type = LabelType::uint8;
  std::uint64_t feature_bytes = 0;  ///< of the whole file
  std::uint64_t label_bytes = 0;

  std::size_t label_size() const noexcept { return label_type == LabelType::uint8 ? 1 : 4; }
};

/// Takes the text of a description as it is documented at open_raw(). Every field but `scale` and `offset` has to be
/// there and no other may be. Errors name the field.
Result<RawDescription> parse_raw_description(std::string_view text);

}  // namespace treadle::data
