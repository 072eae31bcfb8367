// Models by name.
#include <treadle/model.hpp>

namespace treadle {

Result<Model> preset(std::string_view name, const Shape& input, std::size_t classes) {
  if (name != "mlp")
    return Error{ErrorCode::not_found, Message{"unknown model preset '"} << name << "'; expected one of: mlp"};
  Model model(input, {Flatten{}, Dense{256}, Relu{}, Dense{128}, Relu{}, Dense{classes}});
  if (const Result<Shape> output = model.output(); !output) return output.error();
  return model;
}

std::span<const std::string_view> preset_names() noexcept {
  static constexpr std::string_view names[] = {"mlp"};
  return names;
}

}  // namespace treadle
