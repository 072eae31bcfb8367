// Text files that say something of each of a number of samples.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/file.hpp"
#include "formats/text.hpp"

namespace treadle::data {

/// What `parse` makes of the file's text; errors name the file.
template <class Parse>
auto parse_file(const std::string& path, std::size_t samples, Parse&& parse)
    -> decltype(parse(std::string_view{}, samples)) {
  const Result<std::vector<std::uint8_t>> file = formats::read_file(path);
  if (!file) return file.error();
  auto parsed = parse({reinterpret_cast<const char*>(file->data()), file->size()}, samples);
  if (!parsed) return formats::in_file(path, parsed.error());
  return parsed;
}

}  // namespace treadle::data
