#include "formats/npy.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  const auto array = formats::parse_npy({data, size});
  if (!array) {
    fuzz::require_one_line(array.error());
    return 0;
  }
  const auto elements = array->shape.elements();
  fuzz::require(elements && *elements * element_bytes(array->type) == array->elements.size(),
                "elements fill the shape");
  const std::size_t begin = size - array->elements.size();
  const auto header = formats::parse_npy_header({data, begin}, size);
  fuzz::require(header && header->begin == begin && header->shape == array->shape, "the header alone says the same");
  fuzz::require(array->elements.empty() || &array->elements.back() == data + size - 1, "elements end the file");
  return 0;
}
