#include "optimizers/optimizers.hpp"

namespace treadle {

std::span<const std::string_view> state_names(const Optimizer& optimizer) noexcept {
  return std::visit([](const auto& o) { return optimizers::state_names(o); }, optimizer);
}

}  // namespace treadle
