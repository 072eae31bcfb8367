// A model: the shape of one sample, the layers that it passes, and (once there are any) the trained parameters.
#pragma once

#include <treadle/layers.hpp>
#include <treadle/normalization.hpp>
#include <treadle/result.hpp>
#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace treadle {

/// Most layers of a model: planning goes one function call deeper for each, at about a kilobyte of stack.
inline constexpr std::size_t max_layers = 1000;

/// A model seen from outside: no memory of its own, so that it can lie in flash. What it points to must outlive it.
struct ModelView {
  Shape input;                        ///< shape of one sample
  std::span<const Layer> layers;      ///< first to last
  std::span<const float> parameters;  ///< empty, or all parameters in the order of Model::parameters()
};

/// One parameter tensor of a model.
struct ParameterInfo {
  std::string name;        ///< "<layer>.weight" or "<layer>.bias"; layers count from 0 as in torch.nn.Sequential
  std::size_t layer = 0;   ///< which layer it belongs to
  Shape shape;             ///< as PyTorch's: [units, in] for Dense, [filters, channels, kernel, kernel] for Conv2d
  std::size_t offset = 0;  ///< of its first element in Model::parameters()
  std::size_t elements = 0;
};

/// Shape of one sample after all layers, or the first layer that does not fit, by name and shapes.
Result<Shape> output_shape(const ModelView& model) noexcept;

/// One layer of a model: what it takes and gives, for one sample.
struct LayerInfo {
  std::string name;  ///< "3 Dense", counted from 0
  Shape input;
  Shape output;
};

/// All layers, first to last, or the first that does not fit, by name and shapes.
Result<std::vector<LayerInfo>> layer_infos(const ModelView& model);

/// Number of parameters in all layers.
Result<std::size_t> parameter_count(const ModelView& model) noexcept;

/// Fills `parameters` (parameter_count() elements) as each layer's initializer says. Depends on the model and the seed
/// alone.
Result<void> initialize(const ModelView& model, std::uint64_t seed, std::span<float> parameters) noexcept;

/// A model with its parameters, by value.
class Model {
 public:
  Model() = default;
  Model(Shape input, std::vector<Layer> layers) : input_(input), layers_(std::move(layers)) {}

  const Shape& input() const noexcept { return input_; }
  std::span<const Layer> layers() const noexcept { return layers_; }
  Result<Shape> output() const noexcept { return output_shape(*this); }

  /// All parameters in one flat block, layer by layer, each tensor row-major, weight before bias. Empty until
  /// initialize(), set_parameters(), a training run or load_model() gives them values.
  std::span<const float> parameters() const noexcept { return parameters_; }
  /// Name, shape and place of each tensor in parameters().
  Result<std::vector<ParameterInfo>> parameter_infos() const;

  /// Draws new parameters.
  Result<void> initialize(std::uint64_t seed);
  /// Takes a copy of `parameters`, whose size must be parameter_count().
  Result<void> set_parameters(std::span<const float> parameters);

  /// What the samples of a data set are normalised by before the first layer sees them; empty unless it was set.
  const Normalization& normalization() const noexcept { return normalization_; }
  /// As many finite shifts and scales as the input's last axis has places, or none at all.
  Result<void> set_normalization(Normalization normalization);

  /// What the classes are called, one name for each output; empty unless they were set.
  std::span<const std::string> class_names() const noexcept { return class_names_; }
  /// As many different names as the output has elements, in UTF-8 and without control characters, or none at all.
  Result<void> set_class_names(std::vector<std::string> names);

  operator ModelView() const noexcept { return {input_, layers_, parameters_}; }

 private:
  Shape input_;
  std::vector<Layer> layers_;
  std::vector<float> parameters_;
  Normalization normalization_;
  std::vector<std::string> class_names_;
};

/// Writes the model (layers, shapes, parameters, normalisation, names of classes) as one safetensors file that PyTorch
/// can read too; the description of the layers and the names are in its metadata. The file appears whole or not at all.
/// The model must have parameters.
Result<void> save(const Model& model, const std::string& path);

/// Reads what save() wrote. Everything in the file is checked before use.
Result<Model> load_model(const std::string& path);

/// The presets of the command-line tool: "mlp" is flatten, dense 256, relu, dense 128, relu, dense `classes`. "cnn",
/// for images, is twice convolution 3x3 (16, then 32 filters, same), relu, max pooling 2; then flatten, dense 128,
/// relu, dense `classes`.
Result<Model> preset(std::string_view name, const Shape& input, std::size_t classes);

/// The names that preset() knows.
std::span<const std::string_view> preset_names() noexcept;

}  // namespace treadle
