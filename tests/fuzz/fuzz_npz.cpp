#include <cmath>

#include "data/npz_dataset.hpp"
#include "formats/zip.hpp"
#include "fuzz.hpp"

namespace treadle::fuzz {
namespace {

void require_whole(const data::Dataset& dataset) {
  require(dataset.size() == dataset.labels().size(), "every sample has a label");
  require(dataset.floats().size() + dataset.bytes().size() == dataset.size() * dataset.sample_elements(),
          "every sample is whole");
  for (float value : dataset.floats()) require(std::isfinite(value), "features are finite");
  for (std::int32_t label : dataset.labels())
    require(label >= 0 && static_cast<std::size_t>(label) < dataset.classes(), "labels are in range");
}

}  // namespace
}  // namespace treadle::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  const formats::Bytes file{data, size};
  if (const auto members = formats::read_zip_directory(file))
    for (const formats::ZipMember& member : *members) {
      const auto contents = formats::extract(file, member);
      if (!contents) fuzz::require_one_line(contents.error());
      if (contents) fuzz::require(contents->size() == member.size, "the size is the promised one");
    }
  const auto features = data::parse_npz(file, data::Labels::ignored);
  if (features) fuzz::require_whole(features->train);
  if (!features) fuzz::require_one_line(features.error());
  const auto parts = data::parse_npz(file);
  fuzz::require(features || !parts, "labels take nothing away");
  if (!parts) {
    fuzz::require_one_line(parts.error());
    return 0;
  }
  fuzz::require(!parts->train.empty(), "there are training samples");
  fuzz::require_whole(parts->train);
  fuzz::require_whole(parts->test);
  return 0;
}
