// Right checksums for a checkpoint that a test has changed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "formats/safetensors.hpp"
#include "training/checkpoint_names.hpp"

namespace treadle::test {

/// Puts in the checksums, which no mutation would hit, where there is room for them.
inline void seal_checkpoint(std::vector<std::uint8_t>& file) {
  const auto contents = formats::parse_safetensors(file);
  if (!contents) return;
  const formats::Tensor* const sums = contents->find(training::sums_name);
  const formats::Tensor* const hash = contents->find(training::hash_name);
  if (sums == nullptr || hash == nullptr || hash->bytes.size() != 8) return;
  const auto place = [&](formats::Bytes bytes) { return file.data() + (bytes.data() - file.data()); };
  std::vector<const formats::Tensor*> summed;
  for (const formats::Tensor& tensor : contents->tensors)
    if (&tensor != sums && &tensor != hash) summed.push_back(&tensor);
  const auto begin = [](const formats::Tensor* tensor) {
    return std::pair(tensor->bytes.data(), tensor->bytes.size());
  };
  std::stable_sort(summed.begin(), summed.end(), [&](const auto* a, const auto* b) { return begin(a) < begin(b); });
  for (std::size_t i = 0; i < summed.size() && 4 * i + 4 <= sums->bytes.size(); ++i)
    formats::store_little_endian(formats::crc32c(summed[i]->bytes), place(sums->bytes) + 4 * i);
  formats::Hash value;
  value.update(formats::Bytes(file).first(file.size() - 8));
  formats::store_little_endian(value.value(), file.data() + file.size() - 8);
}

}  // namespace treadle::test
