#include "formats/idx.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  const auto array = formats::parse_idx({data, data + size});
  if (!array) {
    fuzz::require_one_line(array.error());
    return 0;
  }
  const auto elements = array->shape.elements();
  fuzz::require(elements && *elements > 0 && *elements == array->elements.size(), "the elements fill the shape");
  return 0;
}
