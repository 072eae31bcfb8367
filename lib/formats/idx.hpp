// The IDX format of the MNIST family: two zero bytes, an element type, a rank, that many big-endian 32-bit extents,
// then the elements (http://yann.lecun.com/exdb/mnist).
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "formats/file.hpp"

namespace treadle::formats {

/// What the first bytes of an IDX file of unsigned bytes say.
struct IdxHeader {
  Shape shape;               ///< no extent is 0
  std::size_t bytes = 0;     ///< of the header itself
  std::size_t elements = 0;  ///< of one byte each
  std::size_t file_bytes() const noexcept { return bytes + elements; }
};

/// The largest header: a rank of Shape::max_rank.
inline constexpr std::size_t max_idx_header = 4 + 4 * Shape::max_rank;

/// Reads the header at the start of `file`, of which only the first max_idx_header bytes need to be there. Errors:
/// `bad_format` (cut short, another magic number, an extent of 0), `unsupported` (elements other than unsigned bytes,
/// rank 0 or above Shape::max_rank), `too_large` (more than `most` bytes).
Result<IdxHeader> parse_idx_header(Bytes file, std::size_t most = max_file_size);

/// Unsigned bytes and their shape.
struct IdxArray {
  Shape shape;
  std::vector<std::uint8_t> elements;
};

/// Takes a whole IDX file, gzip-compressed or not, and checks its length against its header.
Result<IdxArray> parse_idx(std::vector<std::uint8_t> file);

}  // namespace treadle::formats
