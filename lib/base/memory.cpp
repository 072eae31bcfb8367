#include <treadle/memory.hpp>

namespace treadle {

std::string_view name(MemoryKind kind) noexcept {
  switch (kind) {
    case MemoryKind::parameter:
      return "parameters";
    case MemoryKind::gradient:
      return "gradients";
    case MemoryKind::optimizer_state:
      return "optimizer state";
    case MemoryKind::activation:
      return "activations";
    case MemoryKind::workspace:
      return "workspace";
    case MemoryKind::plan:
      return "plan";
  }
  return "unknown";
}

}  // namespace treadle
