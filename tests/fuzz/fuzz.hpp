// What the fuzz targets share. Each defines LLVMFuzzerTestOneInput: libFuzzer calls it with inputs that it makes up,
// replay.cpp with those of the corpus.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "formats/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace treadle::fuzz {

/// Ends the program when a property does not hold.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

/// As it reaches a user, an error is one line that is not empty.
inline void require_one_line(const Error& error) {
  const Error shown = formats::in_file("input", error);
  require(shown.text().size() > std::string_view{"input: "}.size(), "an error says something");
  for (char character : shown.text())
    require(static_cast<unsigned char>(character) >= 0x20 && character != 0x7F, "an error has no control characters");
}

}  // namespace treadle::fuzz
