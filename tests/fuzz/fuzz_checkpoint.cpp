#include <string>
#include <vector>

#include "fuzz.hpp"
#include "support/sealed_checkpoint.hpp"
#include "training/checkpoint_format.hpp"
#include "training/state_json.hpp"

namespace {

using namespace treadle;

void check_file(formats::Bytes file) {
  const Model model({3}, {Dense{2}, Relu{}, Dense{2, false}});
  const auto layout = training::CheckpointLayout::make(model, Adam{}, true, {3, 3});
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
  test::seal_checkpoint(file);
  check_file(file);
  return 0;
}
