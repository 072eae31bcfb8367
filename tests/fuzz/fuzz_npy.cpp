#include "file_in_memory.hpp"
#include "formats/npy.hpp"
#include "source_in_file.hpp"

namespace {

using namespace treadle;

/// An NPY file of zeros and ones.
fuzz::FileInMemory made_up(std::string_view type, std::size_t element_bytes, std::string_view shape,
                           std::size_t elements) {
  std::string file{"\x93NUMPY\1\0", 8};
  const std::string header =
      "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': " + std::string(shape) + "}";
  file += {static_cast<char>(header.size()), '\0'};
  file += header;
  for (std::size_t i = 0; i < elements; ++i) {
    std::string element(element_bytes, '\0');
    element[0] = static_cast<char>(i % 2);
    file += element;
  }
  return {file.data(), file.size()};
}

/// Files that stay where they are have the samples that they have in memory, or are refused for the same kind of
/// reason, whether they are read or mapped.
void check_pair(const fuzz::FileInMemory& features, const fuzz::FileInMemory& labels) {
  const auto in_memory = data::load_npy(features.path(), labels.path());
  if (!in_memory) fuzz::require_one_line(in_memory.error());
  for (const data::Access access : {data::Access::positioned, data::Access::mapped})
    fuzz::require_same(data::open_npy(features.path(), labels.path(), 0, access), in_memory);
}

void check_header(const formats::NpyHeader& header, formats::Bytes file) {
  const auto elements = header.shape.elements();
  fuzz::require(elements && *elements * bytes_of(header.type) == file.size() - header.begin, "elements fill the shape");
  const auto alone = formats::parse_npy_header(file.first(header.begin), file.size());
  fuzz::require(alone && alone->begin == header.begin && alone->shape == header.shape,
                "the header alone says the same");
}

}  // namespace

// The input is the features of made-up labels, and if it is an array also the labels of made-up features.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = formats::parse_npy_header({data, size}, size);
  if (header)
    check_header(*header, {data, size});
  else
    fuzz::require_one_line(header.error());
  const std::size_t samples = header && header->shape.rank() > 0 ? std::min<std::size_t>(header->shape[0], 1000) : 3;
  const std::string count = std::to_string(samples);
  const fuzz::FileInMemory input(data, size);
  check_pair(input, size % 2 == 0 ? made_up("|u1", 1, '(' + count + ",)", samples)
                                  : made_up("<i8", 8, '(' + count + ", 1)", samples));
  if (!header) return 0;
  check_pair(size % 2 == 0 ? made_up("|u1", 1, '(' + count + ", 2)", 2 * samples)
                           : made_up("<f8", 8, '(' + count + ", 1, 3)", 3 * samples),
             input);
  return 0;
}
