// The processors that `treadle plan --target` knows.
#include <treadle/target.hpp>

namespace treadle {
namespace {

constexpr Target all[] = {
    {.name = "cortex-m7", .isa = Isa::scalar, .lanes = 1, .panel = 4, .rows = 4, .address_bytes = 4},
    {.name = "cortex-m55", .isa = Isa::scalar, .lanes = 1, .panel = 4, .rows = 4, .address_bytes = 4},
    {.name = "cortex-m55-helium", .isa = Isa::helium, .lanes = 4, .panel = 8, .rows = 3, .address_bytes = 4},
    {.name = "cortex-a7", .isa = Isa::neon32, .lanes = 4, .panel = 8, .rows = 4, .address_bytes = 4},
    {.name = "cortex-a53", .isa = Isa::neon64, .lanes = 4, .panel = 8, .rows = 6, .address_bytes = 8},
    {.name = "cortex-a72", .isa = Isa::neon64, .lanes = 4, .panel = 8, .rows = 6, .address_bytes = 8},
    {.name = "cortex-a76", .isa = Isa::neon64, .lanes = 4, .panel = 8, .rows = 6, .address_bytes = 8},
};

}  // namespace

std::span<const Target> known_targets() noexcept { return all; }

Result<Target> find_target(std::string_view name) noexcept {
  for (const Target& target : all)
    if (target.name == name) return target;
  Message message{"unknown target '"};
  message << name << "'; expected one of: ";
  const char* between = "";
  for (const Target& target : all) {
    message << between << target.name;
    between = ", ";
  }
  return Error{ErrorCode::invalid_argument, message};
}

}  // namespace treadle
