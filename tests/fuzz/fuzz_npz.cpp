#include <algorithm>
#include <cmath>
#include <cstring>

#include "file_in_memory.hpp"
#include "formats/zip.hpp"
#include "source_in_file.hpp"

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

/// All of a member, in pieces that are never the whole file.
Result<std::size_t> read_member(const formats::ZipArchive& archive, const formats::ZipMember& member) {
  formats::ZipReader reader(archive, member);
  std::byte piece[509];
  std::size_t count = 0;
  while (count < member.size) {
    const std::size_t now = std::min<std::size_t>(sizeof piece, static_cast<std::size_t>(member.size) - count);
    if (const auto got = reader.read(std::span(piece).first(now)); !got) return got.error();
    count += now;
  }
  if (const auto whole = reader.finish(); !whole) return whole.error();
  return count;
}

void check_members(const std::uint8_t* data, std::size_t size) {
  const formats::ZipArchive archive{size, [&](std::uint64_t position, std::span<std::byte> out) -> Result<void> {
                                      require(position <= size && out.size() <= size - position, "no byte beyond");
                                      if (!out.empty()) std::memcpy(out.data(), data + position, out.size());
                                      return {};
                                    }};
  const auto members = formats::read_zip_directory(archive);
  if (!members) return require_one_line(members.error());
  for (const formats::ZipMember& member : *members) {
    const auto count = read_member(archive, member);
    if (!count) require_one_line(count.error());
    if (count) require(*count == member.size, "the size is the promised one");
  }
}

/// Parts that stay in their file are those in memory. A compressed file has to be unpacked.
void check_opened(const FileInMemory& file, data::Labels labels, const Result<data::TrainTest>& expected) {
  for (const data::Access access : {data::Access::positioned, data::Access::mapped}) {
    const auto opened = data::open_npz(file.path(), access, labels);
    if (!opened) require_one_line(opened.error());
    if (!opened && opened.error().code == ErrorCode::unsupported) continue;
    require(opened || !expected, "a file is opened if it is loaded");
    if (!opened || !expected) continue;
    require_same(opened->train, expected->train);
    for (const auto& [source, part] :
         {std::pair{&opened->test, &expected->test}, {&opened->validation, &expected->validation}}) {
      require((*source != nullptr) == !part->empty(), "the parts are the same");
      if (*source) require_same(*source, *part);
    }
  }
}

}  // namespace
}  // namespace treadle::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace treadle;
  fuzz::check_members(data, size);
  const fuzz::FileInMemory file(data, size);
  const auto features = data::load_npz(file.path(), data::Labels::ignored);
  if (features) fuzz::require_whole(features->train);
  if (!features) fuzz::require_one_line(features.error());
  fuzz::check_opened(file, data::Labels::ignored, features);
  const auto parts = data::load_npz(file.path());
  fuzz::require(features || !parts, "labels take nothing away");
  fuzz::check_opened(file, data::Labels::needed, parts);
  if (!parts) {
    fuzz::require_one_line(parts.error());
    return 0;
  }
  fuzz::require(!parts->train.empty(), "there are training samples");
  for (const data::Dataset* part : {&parts->train, &parts->test, &parts->validation}) fuzz::require_whole(*part);
  return 0;
}
