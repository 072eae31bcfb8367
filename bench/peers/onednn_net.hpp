// A training step written by hand with oneDNN's primitives, as a user who knows that library well would write it: relu
// fused into the products, layouts shared where that pays, all parameters in one block that one sweep updates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dnnl.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace treadle::bench::onednn {

/// How the weights of dense layers lie. Which is best depends on batch size and processor.
enum class DenseWeights {
  each_chooses,     ///< every primitive as it likes best, with reorders between
  forward_chooses,  ///< as the forward primitive likes best, for all
  out_in,           ///< [out][in]
  in_out,           ///< [in][out]
  out_in_sgemm,     ///< [out][in]; the weight gradient is an sgemm that adds straight into the velocity
  in_out_sgemm,     ///< [in][out]; likewise
};

struct Choice {
  DenseWeights dense = DenseWeights::each_chooses;
  bool own_max_pool = false;  ///< our loops instead of oneDNN's primitives, where channels come in blocks of 8 or 16
};

struct Hyperparameters {
  float learning_rate, momentum;
};

/// The layers are added in their order, forward; then the loss, backward the other way round, and finish().
class Net {
 public:
  struct Dense {
    dnnl::inner_product_forward::primitive_desc forward;
    dnnl::memory input, output;
    std::size_t weight, bias;  // indices of its parameters
    dnnl::memory::dims shape;  // of the weight
  };
  struct Convolution {
    dnnl::convolution_forward::primitive_desc forward;
    dnnl::memory input, output;
    std::size_t weight, bias;
    dnnl::memory::dims shape;
  };
  struct MaxPool {
    dnnl::pooling_forward::primitive_desc forward;
    dnnl::memory input, output, workspace;
    int block;  // channels of a block of our own loops, 0 for the primitive
  };

  Net(int batch, int threads, Choice choice, Hyperparameters hyperparameters);
  Net(const Net&) = delete;  // the steps point to it
  Net& operator=(const Net&) = delete;

  /// `shape` without the batch: {features} or {channels, height, width}.
  dnnl::memory input(dnnl::memory::dims shape);
  Dense dense(const dnnl::memory& input, int out, bool relu);
  /// 3 x 3, same padding, and relu.
  Convolution convolution(const dnnl::memory& input, int out);
  MaxPool max_pool(const dnnl::memory& input);

  /// Each takes the gradient of the layer's output and returns that of its input.
  dnnl::memory softmax_cross_entropy(const dnnl::memory& logits);
  dnnl::memory relu_gradient(dnnl::memory d, const dnnl::memory& output);
  dnnl::memory gradient(const Dense& layer, const dnnl::memory& d);
  dnnl::memory gradient(const Convolution& layer, const dnnl::memory& d);
  /// Of the relu before it, too.
  dnnl::memory gradient(const MaxPool& layer, dnnl::memory d);
  /// Of the parameters alone, for the first layer.
  void parameter_gradient(const Dense& layer, const dnnl::memory& d);
  void parameter_gradient(const Convolution& layer, const dnnl::memory& d);

  /// Draws the parameters and adds the update.
  void finish();

  /// One training step; the mean loss over the batch.
  float run(const float* inputs, const std::int32_t* targets);

 private:
  struct Parameter {
    dnnl::memory weight, gradient, velocity;
    dnnl::memory::dims shape;
    int fan_in;
    bool into_velocity;  // its gradient is added straight into the velocity, instead of `gradient`
  };
  struct Free {
    void operator()(float* block) const { std::free(block); }
  };
  using Block = std::unique_ptr<float, Free>;
  using Arguments = std::initializer_list<std::pair<int, dnnl::memory>>;

  static Block make_block(std::size_t floats);
  void add(const dnnl::primitive& primitive, Arguments arguments);
  dnnl::memory as(const dnnl::memory& from, const dnnl::memory::desc& wanted);
  std::size_t parameter(const dnnl::memory::desc& layout, dnnl::memory::dims shape, int fan_in, bool into_velocity);
  void draw(const Parameter& parameter, std::mt19937& random);
  dnnl::memory weight_gradient(std::size_t weight, const dnnl::memory::desc& layout);
  void finish_weight_gradient(std::size_t weight, const dnnl::memory& gradient);
  bool sgemm() const { return choice_.dense >= DenseWeights::out_in_sgemm; }
  dnnl::memory::format_tag dense_tag(bool image) const;
  dnnl::memory::desc dense_gradient_desc(const Dense& layer) const;
  dnnl::memory::desc dense_input_desc(const Dense& layer) const;

  int batch_, threads_;
  Choice choice_;
  Hyperparameters hyperparameters_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::function<void()>> steps_;
  std::vector<dnnl::memory> keep_;  // what the steps point to
  std::vector<Parameter> parameters_;
  Block weights_, gradients_, velocities_;  // those whose gradient goes into the velocity come first
  dnnl::memory input_;
  const std::int32_t* targets_ = nullptr;
  float loss_ = 0;
};

}  // namespace treadle::bench::onednn
