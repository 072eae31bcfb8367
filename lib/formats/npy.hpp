// The NPY format of NumPy, versions 1.0 and 2.0: a magic string, a header that is a Python dictionary, the elements
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>

#include "formats/file.hpp"
#include "formats/number_type.hpp"

namespace treadle::formats {

/// What the header says, and where the elements begin.
struct NpyHeader {
  NumberType type = NumberType::uint8;
  Shape shape;
  std::size_t begin = 0;
};

/// The longest header of version 1.0. That of an array of numbers is never longer, whatever its version.
constexpr std::size_t npy_header_bytes = 10 + 65535;

/// Checks the header of a file of `file_bytes` bytes that begins with `start`: all of it, or at least npy_header_bytes.
/// The elements, in C order, least significant byte first, fill the rest of the file. Errors: `bad_format` (cut short,
/// not NPY, a header that is not what NumPy writes, bytes missing or left over), `unsupported` (other versions, element
/// types, byte or Fortran order, more than Shape::max_rank axes), `too_large` (a shape whose bytes are no size).
Result<NpyHeader> parse_npy_header(Bytes start, std::uint64_t file_bytes);

}  // namespace treadle::formats
