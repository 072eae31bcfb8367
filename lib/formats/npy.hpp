// The NPY format of NumPy, versions 1.0 and 2.0: a magic string, a header that is a Python dictionary, the elements
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "formats/file.hpp"

namespace treadle::formats {

enum class NpyType : std::uint8_t { uint8, int32, int64, float32, float64 };

/// As NumPy calls it: "float32".
std::string_view name(NpyType type) noexcept;
std::size_t element_bytes(NpyType type) noexcept;

/// An array in C order, least significant byte first. `elements` lies in the file that was parsed, unaligned.
struct NpyArray {
  NpyType type = NpyType::uint8;
  Shape shape;
  Bytes elements;
};

/// What the header says, and where the elements begin.
struct NpyHeader {
  NpyType type = NpyType::uint8;
  Shape shape;
  std::size_t begin = 0;
};

/// The longest header of version 1.0. That of an array of numbers is never longer, whatever its version.
constexpr std::size_t npy_header_bytes = 10 + 65535;

/// Checks the header of a file of `file_bytes` bytes that begins with `start`: all of it, or at least npy_header_bytes.
/// Errors are those of parse_npy(), that of a wrong length too.
Result<NpyHeader> parse_npy_header(Bytes start, std::uint64_t file_bytes);

/// Checks a whole NPY file, its length included. Errors: `bad_format` (cut short, not NPY, a header that is not what
/// NumPy writes, bytes missing or left over), `unsupported` (other versions, element types, byte or Fortran order, more
/// than Shape::max_rank axes), `too_large` (a shape whose bytes are no size).
Result<NpyArray> parse_npy(Bytes file);

}  // namespace treadle::formats
