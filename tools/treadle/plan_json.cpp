#include "plan_json.hpp"

#include <nlohmann/json.hpp>

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json memory_json(const MemoryReport& memory) {
  Json object;
  for (std::size_t i = 0; i < memory_kinds; ++i) {
    const auto kind = static_cast<MemoryKind>(i);
    std::string key(name(kind));
    for (char& c : key)
      if (c == ' ') c = '_';
    object[key] = memory[kind];
  }
  object["total"] = memory.total();
  return object;
}

Json layers_json(const std::vector<LayerReport>& layers) {
  Json array = Json::array();
  for (const LayerReport& layer : layers) {
    const auto input = layer.input.extents(), output = layer.output.extents();
    array.push_back({{"name", layer.name},
                     {"input", Json(std::vector<std::size_t>(input.begin(), input.end()))},
                     {"output", Json(std::vector<std::size_t>(output.begin(), output.end()))},
                     {"parameters", layer.parameters},
                     {"forward_flops", layer.forward_flops},
                     {"backward_flops", layer.backward_flops},
                     {"memory", memory_json(layer.memory)}});
  }
  return array;
}

}  // namespace treadle::tool
