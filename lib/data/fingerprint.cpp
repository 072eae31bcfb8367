#include <treadle/source.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"

namespace treadle::data {
namespace {

constexpr std::size_t hashed_samples = 1024;

template <class Number>
std::string decimal(Number number) {
  char room[32];
  return {room, std::to_chars(room, room + sizeof room, number).ptr};
}

/// Over the samples as they are stored, evenly spread from the first to the last.
Result<std::uint64_t> hash_of(const Source& source) {
  const SampleInfo& info = source.info();
  const std::size_t hashed = std::min(hashed_samples, info.size);
  std::vector<std::byte> sample(*info.sample_bytes());
  std::int32_t label = 0;
  formats::Hash hash;
  for (std::size_t i = 0; i < hashed; ++i) {
    const auto index = static_cast<std::uint32_t>(hashed == 1 ? 0 : std::uint64_t{i} * (info.size - 1) / (hashed - 1));
    if (const Result<void> got = source.read({&index, 1}, sample, {&label, 1}); !got) return got.error();
    std::uint8_t bytes[sizeof label];
    formats::store_little_endian(label, bytes);
    hash.update(bytes);
    hash.update({reinterpret_cast<const std::uint8_t*>(sample.data()), sample.size()});
  }
  return hash.value();
}

/// Null for a stream, whose samples cannot be looked at in between.
Result<std::shared_ptr<const Source>> source_of(const Samples& samples) {
  if (const auto* given = std::get_if<std::shared_ptr<const Source>>(&samples)) return *given;
  if (const auto* data = std::get_if<Dataset>(&samples)) return as_source(*data);
  return std::shared_ptr<const Source>{};
}

}  // namespace

Result<std::string> fingerprint(const Samples& samples) {
  const SampleInfo info = data::info(samples);
  if (info.size == 0) return std::string{"none"};
  std::string shape{(Message{} << info.shape).text()};
  shape.erase(std::remove(shape.begin(), shape.end(), ' '), shape.end());
  std::string text = decimal(info.size) + " of " + shape + " classes=" + decimal(info.classes) +
                     " scale=" + decimal(info.scaling.scale) + " offset=" + decimal(info.scaling.offset);
  const Result<std::shared_ptr<const Source>> source = source_of(samples);
  if (!source) return source.error();
  if (!*source) return text;
  const Result<std::uint64_t> hash = hash_of(**source);
  if (!hash) return hash.error();
  return text + " hash=" + decimal(*hash);
}

}  // namespace treadle::data
