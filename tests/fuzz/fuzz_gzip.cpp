#include <algorithm>

#include "formats/gzip.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  constexpr std::size_t limit = 100'000, start = 24;
  const formats::Bytes file{data, size};
  const auto all = formats::gunzip(file, limit);
  const auto first = formats::gunzip_first(file, start);
  if (!all) {
    fuzz::require_one_line(all.error());
    return 0;
  }
  fuzz::require(all->size() <= limit, "the limit holds");
  fuzz::require(first && first->size() == std::min(start, all->size()), "the start is there when everything is");
  fuzz::require(std::equal(first->begin(), first->end(), all->begin()), "the start is the start");
  fuzz::require(formats::gunzip(file, all->size()).has_value(), "the size is enough of a limit");
  return 0;
}
