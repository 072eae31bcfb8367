// The safetensors format: the length of a header (8 bytes, little-endian), the header (JSON: a name, type, shape and
// place for each tensor, and text under "__metadata__"), then the tensors' bytes without holes
// (https://github.com/huggingface/safetensors).
#pragma once

#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "formats/file.hpp"

namespace treadle::formats {

/// Names and texts under "__metadata__".
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// One tensor of a file that is in memory.
struct Tensor {
  std::string name;
  std::string_view dtype;  ///< as the format names it: "F32", "I32", "BF16", ...
  Shape shape;
  Bytes bytes;  ///< row-major, little-endian
};

/// What a file holds. The tensors' bytes stay where they are, in the file.
struct Safetensors {
  std::vector<Tensor> tensors;  ///< sorted by name
  Metadata metadata;

  /// Null when there is none of this name.
  const Tensor* find(std::string_view name) const noexcept;
  std::optional<std::string_view> find_metadata(std::string_view key) const noexcept;
};

/// The format's own limit.
inline constexpr std::size_t max_safetensors_header = 100'000'000;

/// Checks all of `file`, which must outlive the result. Errors: `bad_format` with the tensor or byte, `too_large` (a
/// header beyond the limit, nesting too deep, a shape whose size overflows), `unsupported` (a tensor of more than
/// Shape::max_rank extents).
Result<Safetensors> parse_safetensors(Bytes file);

/// The tensor's values. It must have out.size() elements; another element type than F32 or I32 is `unsupported`.
Result<void> read_tensor(const Tensor& tensor, std::span<float> out);
Result<void> read_tensor(const Tensor& tensor, std::span<std::int32_t> out);

/// A tensor of which the values are written later.
struct TensorHead {
  std::string name;
  std::string_view dtype;  ///< as in Tensor
  Shape shape;
  std::size_t bytes = 0;  ///< of its values
};

/// All that precedes the values of a file: the header's length and the header, padded with spaces so that the values
/// begin at a multiple of 8. The values have to follow in the order of `tensors`, without holes. Errors: names that are
/// not unique or reserved, a header beyond the limit.
Result<std::vector<std::uint8_t>> make_safetensors_header(std::span<const TensorHead> tensors,
                                                          const Metadata& metadata);

/// A tensor to be written, row-major.
struct NewTensor {
  std::string_view name;
  Shape shape;
  std::variant<std::span<const float>, std::span<const std::int32_t>> values;
};

/// The bytes of a file: the same for the same arguments everywhere, tensors in the order given, the header padded with
/// spaces so that the data begin at a multiple of 8. Errors: names that are not unique, a shape that disagrees with its
/// values.
Result<std::vector<std::uint8_t>> make_safetensors(std::span<const NewTensor> tensors, const Metadata& metadata);

}  // namespace treadle::formats
