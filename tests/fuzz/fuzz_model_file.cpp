#include <string>
#include <vector>

#include "formats/safetensors.hpp"
#include "fuzz.hpp"
#include "model/description.hpp"
#include "model/model_file.hpp"

namespace {

using namespace treadle;

void check_file(formats::Bytes file) {
  const auto loaded = model::parse_model_file(file);
  if (!loaded) {
    fuzz::require_one_line(loaded.error());
    return;
  }
  const auto saved = model::make_model_file(*loaded);
  fuzz::require(saved.has_value(), "what was loaded can be saved");
  const auto again = model::parse_model_file(*saved);
  fuzz::require(again.has_value(), "what was saved can be loaded");
  fuzz::require(model::describe(*again) == model::describe(*loaded), "the description survives");
  fuzz::require(model::make_model_file(*again).value() == *saved, "the bits survive");
}

/// A description alone is put into a file that has just the tensors which it asks for.
void check_description(std::string_view text) {
  const auto described = model::parse_description(text);
  if (!described) {
    fuzz::require_one_line(described.error());
    return;
  }
  const auto infos = described->parameter_infos();
  if (!infos) {
    fuzz::require_one_line(infos.error());
    return;
  }
  constexpr std::size_t most = 100'000;
  if (!infos->empty() && infos->back().offset + infos->back().elements > most) return;
  const std::vector<float> values(most, 1.0f);
  std::vector<formats::NewTensor> tensors;
  for (const ParameterInfo& info : *infos)
    tensors.push_back({info.name, info.shape, std::span(values).first(info.elements)});
  const auto file = formats::make_safetensors(tensors, {{model::description_key, std::string{text}}});
  fuzz::require(file.has_value(), "a file can be made");
  fuzz::require(model::parse_model_file(*file).has_value(), "the described tensors make a model");
  check_file(*file);
}

}  // namespace

// An input that begins as an object is a description, any other a whole file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && data[0] == '{')
    check_description({reinterpret_cast<const char*>(data), size});
  else
    check_file({data, size});
  return 0;
}
