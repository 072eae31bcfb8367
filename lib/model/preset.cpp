// Models by name.
#include <treadle/model.hpp>

namespace treadle {

Result<Model> preset(std::string_view name, const Shape& input, std::size_t classes) {
  std::vector<Layer> layers;
  if (name == "mlp") {
    layers = {Flatten{}, Dense{256}, Relu{}, Dense{128}, Relu{}, Dense{classes}};
  } else if (name == "cnn") {
    const auto same = Padding::same;
    layers = {Conv2d{.filters = 16, .kernel = 3, .padding = same},
              Relu{},
              MaxPool2d{2},
              Conv2d{.filters = 32, .kernel = 3, .padding = same},
              Relu{},
              MaxPool2d{2},
              Flatten{},
              Dense{128},
              Relu{},
              Dense{classes}};
  } else {
    return Error{ErrorCode::not_found, Message{"unknown model preset '"} << name << "'; expected one of: mlp, cnn"};
  }
  Model model(input, std::move(layers));
  if (const Result<Shape> output = model.output(); !output) {
    Message message{"preset "};
    message << name << ": " << output.error().text();
    if (input.rank() == 2)
      message << "; store a signal as [time, 1, channels] or an image as [height, width, 1] for it";
    return Error{output.error().code, message};
  }
  return model;
}

std::span<const std::string_view> preset_names() noexcept {
  static constexpr std::string_view names[] = {"mlp", "cnn"};
  return names;
}

}  // namespace treadle
