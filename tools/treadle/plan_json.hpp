// A plan's report as JSON, for --json and for the folder of a run.
#pragma once

#include <treadle/plan.hpp>

#include <nlohmann/json_fwd.hpp>

namespace treadle::tool {

/// Sizes in bytes by kind, and their total.
nlohmann::ordered_json memory_json(const MemoryReport& memory);

/// One object a layer: name, shapes, parameters, operations, memory.
nlohmann::ordered_json layers_json(const std::vector<LayerReport>& layers);

}  // namespace treadle::tool
