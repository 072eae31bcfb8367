#include <algorithm>

#include "data/idx_source.hpp"
#include "file_in_memory.hpp"
#include "formats/gzip.hpp"
#include "formats/idx.hpp"
#include "source_in_file.hpp"

namespace {

using namespace treadle;

/// An IDX file with these extents, its elements 0, 1, 2, ...
fuzz::FileInMemory made_up(std::initializer_list<std::size_t> extents) {
  std::vector<std::uint8_t> file{0, 0, 8, static_cast<std::uint8_t>(extents.size())};
  std::size_t elements = 1;
  for (const std::size_t extent : extents) {
    for (const int shift : {24, 16, 8, 0}) file.push_back(static_cast<std::uint8_t>(extent >> shift));
    elements *= extent;
  }
  for (std::size_t i = 0; i < elements; ++i) file.push_back(static_cast<std::uint8_t>(i));
  return {file.data(), file.size()};
}

/// Files that stay where they are have the samples that they have in memory, or are refused for the same kind of
/// reason.
void check_part(const data::IdxPart& part, data::Access access, bool compressed) {
  const auto in_memory = data::load_idx_part(part);
  const auto source = data::open_idx_part(part, access);
  if (!in_memory) fuzz::require_one_line(in_memory.error());
  if (!source) fuzz::require_one_line(source.error());
  if (compressed) return fuzz::require(!source, "a compressed file has to be unpacked");
  fuzz::require(source.has_value() == in_memory.has_value(), "a file is opened if it is loaded");
  if (!source) {
    // A file has either size; only what is loaded has a largest one.
    fuzz::require(source.error().code == in_memory.error().code || in_memory.error().code == ErrorCode::too_large,
                  "a file is refused as it is in memory");
    return;
  }
  const auto largest = (*source)->check_labels();
  fuzz::require(largest && static_cast<std::size_t>(*largest) + 1 == in_memory->classes(), "the classes are the same");
  (*source)->set_classes(in_memory->classes());
  fuzz::require_same(std::shared_ptr<const data::Source>(*source), *in_memory);
}

void check_part(const data::IdxPart& part, bool compressed) {
  for (const data::Access access : {data::Access::positioned, data::Access::mapped})
    check_part(part, access, compressed);
}

}  // namespace

// The input is the labels of made-up images if it can be, else the images of made-up labels.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto array = formats::parse_idx({data, data + size});
  if (!array) {
    fuzz::require_one_line(array.error());
  } else {
    const auto elements = array->shape.elements();
    fuzz::require(elements && *elements > 0 && *elements == array->elements.size(), "the elements fill the shape");
  }
  const std::size_t samples = array ? std::min<std::size_t>(array->shape[0], 1000) : 3;
  const fuzz::FileInMemory input(data, size);
  const bool compressed = formats::is_gzip({data, size});
  if (array && array->shape.rank() == 1)
    check_part({made_up({samples, 2, 1}).path(), input.path()}, compressed);
  else
    check_part({input.path(), made_up({samples}).path()}, compressed);
  return 0;
}
