#include <algorithm>
#include <vector>

#include "formats/little_endian.hpp"
#include "formats/safetensors.hpp"
#include "fuzz.hpp"

namespace {

using namespace treadle;
using namespace treadle::formats;

/// Text up to the first zero byte is a header and what follows the data: inputs whose length always fits.
std::vector<std::uint8_t> with_length(Bytes input) {
  const auto header = static_cast<std::size_t>(std::find(input.begin(), input.end(), 0) - input.begin());
  std::vector<std::uint8_t> file(8);
  store_little_endian(std::uint64_t{header}, file.data());
  file.insert(file.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(header));
  if (header < input.size())
    file.insert(file.end(), input.begin() + static_cast<std::ptrdiff_t>(header) + 1, input.end());
  return file;
}

template <class T>
void check_read(const Tensor& tensor, bool right_type) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  const Result<void> read = read_tensor(tensor, std::span(values));
  fuzz::require(read.has_value() == right_type, "a tensor is read as its type and no other");
  if (!read) fuzz::require_one_line(read.error());
}

void check_contents(const Safetensors& contents, std::size_t file_size) {
  std::size_t bytes = 0;
  for (const Tensor& tensor : contents.tensors) {
    fuzz::require(contents.find(tensor.name) == &tensor, "a tensor is found by its name");
    fuzz::require(tensor.shape.valid() && tensor.shape.elements().has_value(), "a shape is valid");
    bytes += tensor.bytes.size();
    for (std::uint8_t byte : tensor.bytes) static_cast<void>(*const_cast<const volatile std::uint8_t*>(&byte));
    check_read<float>(tensor, tensor.dtype == "F32");
    check_read<std::int32_t>(tensor, tensor.dtype == "I32");
  }
  fuzz::require(bytes <= file_size, "tensors share no bytes");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> file{data, data + size};
  if (size > 0 && data[0] == '{') file = with_length({data, size});
  const auto contents = parse_safetensors(file);
  if (contents)
    check_contents(*contents, file.size());
  else
    fuzz::require_one_line(contents.error());
  return 0;
}
