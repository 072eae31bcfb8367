#include <algorithm>
#include <string>
#include <vector>

#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "fuzz.hpp"
#include "training/checkpoint_format.hpp"
#include "training/checkpoint_names.hpp"
#include "training/state_json.hpp"

namespace {

using namespace treadle;

/// Puts in the checksums, which no mutation would hit, where there is room for them.
void seal(std::vector<std::uint8_t>& file) {
  const auto contents = formats::parse_safetensors(file);
  if (!contents) return;
  const formats::Tensor* const sums = contents->find(training::sums_name);
  const formats::Tensor* const hash = contents->find(training::hash_name);
  if (sums == nullptr || hash == nullptr || hash->bytes.size() != 8) return;
  const auto place = [&](formats::Bytes bytes) { return file.data() + (bytes.data() - file.data()); };
  std::vector<const formats::Tensor*> summed;
  for (const formats::Tensor& tensor : contents->tensors)
    if (&tensor != sums && &tensor != hash) summed.push_back(&tensor);
  std::stable_sort(summed.begin(), summed.end(),
                   [](const auto* a, const auto* b) { return a->bytes.data() < b->bytes.data(); });
  for (std::size_t i = 0; i < summed.size() && 4 * i + 4 <= sums->bytes.size(); ++i)
    formats::store_little_endian(formats::crc32c(summed[i]->bytes), place(sums->bytes) + 4 * i);
  formats::Hash value;
  value.update(formats::Bytes(file).first(file.size() - 8));
  formats::store_little_endian(value.value(), file.data() + file.size() - 8);
}

void check_file(formats::Bytes file) {
  const Model model({3}, {Dense{2}, Relu{}, Dense{2, false}});
  const auto layout = training::CheckpointLayout::make(model, Adam{}, true);
  const auto checkpoint = training::parse_checkpoint(file);
  if (!checkpoint) return fuzz::require_one_line(checkpoint.error());
  const auto snapshot = layout->read(*checkpoint);
  if (!snapshot) return fuzz::require_one_line(snapshot.error());
  fuzz::require(snapshot->parameters.size() == 12 && snapshot->optimizer_state.size() == 24, "all tensors are there");
  const auto same = training::check_same(checkpoint->fingerprint, checkpoint->fingerprint);
  fuzz::require(same.has_value(), "a fingerprint is its own");
}

void check_state(std::string_view json) {
  const auto state = training::parse_state(json);
  if (!state) return fuzz::require_one_line(state.error());
  const std::string written = training::state_json(*state);
  const auto again = training::parse_state(written);
  fuzz::require(again.has_value(), "what was written can be read");
  fuzz::require(training::state_json(*again) == written, "the bits survive");
}

}  // namespace

// An input that begins as an object is a state, any other a file, as it is and with right checksums.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && data[0] == '{') {
    check_state({reinterpret_cast<const char*>(data), size});
    return 0;
  }
  std::vector<std::uint8_t> file{data, data + size};
  check_file(file);
  seal(file);
  check_file(file);
  return 0;
}
