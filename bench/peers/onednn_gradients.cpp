// The backward half of the net.
#include "peers/onednn_loops.hpp"
#include "peers/onednn_memory.hpp"
#include "peers/onednn_net.hpp"
#include "samples.hpp"

namespace treadle::bench::onednn {

memory Net::softmax_cross_entropy(const memory& logits) {
  const memory d(logits.get_desc(), engine_);
  keep_.insert(keep_.end(), {logits, d});
  steps_.push_back([=, this, from = floats(logits), to = floats(d)] {
    loss_ = onednn::softmax_cross_entropy<static_cast<int>(classes)>(from, targets_, to, batch_, threads_);
  });
  return d;
}

/// In the layout of the output, whatever that is.
memory Net::relu_gradient(memory d, const memory& output) {
  d = as(d, output.get_desc());
  keep_.insert(keep_.end(), {d, output});
  const std::size_t n = count(output);
  steps_.push_back([=, this, to = floats(d), y = floats(output)] { onednn::relu_gradient(to, y, n, threads_); });
  return d;
}

/// Where a primitive that wants this layout has to write a weight's gradient.
memory Net::weight_gradient(std::size_t weight, const memory::desc& layout) {
  const memory& gradient = parameters_[weight].gradient;
  return layout == gradient.get_desc() ? gradient : memory(layout, engine_);
}

/// Brings it into the layout of the weight if it was written in another.
void Net::finish_weight_gradient(std::size_t weight, const memory& gradient) {
  const memory& wanted = parameters_[weight].gradient;
  if (gradient.get() == wanted.get()) return;
  add(dnnl::reorder({engine_, gradient.get_desc(), engine_, wanted.get_desc()}),
      {{DNNL_ARG_FROM, gradient}, {DNNL_ARG_TO, wanted}});
}

memory::desc Net::dense_gradient_desc(const Dense& layer) const {
  if (choice_.dense == DenseWeights::each_chooses) return desc(layer.shape, Tag::any);
  return parameters_[layer.weight].weight.get_desc();
}

memory::desc Net::dense_input_desc(const Dense& layer) const {
  const memory::desc input = layer.input.get_desc();
  const bool free = choice_.dense == DenseWeights::each_chooses && input.dims().size() == 4;
  return free ? desc(input.dims(), Tag::any) : input;
}

void Net::parameter_gradient(const Dense& layer, const memory& d) {
  using Backward = dnnl::inner_product_backward_weights;
  const int out = static_cast<int>(layer.shape[0]), in = parameters_[layer.weight].fan_in;
  if (sgemm()) {  // velocity = momentum * velocity + gradient
    keep_.push_back(d);
    // finish() gives the parameters their memory, so that it is looked up when the step runs.
    steps_.push_back([=, this, x = layer.input, weight = layer.weight, bias = layer.bias, from = floats(d),
                      in_out = choice_.dense == DenseWeights::in_out_sgemm] {
      const float momentum = hyperparameters_.momentum;
      float* velocity = floats(parameters_[weight].velocity);
      if (in_out)
        dnnl_sgemm('T', 'N', in, out, batch_, 1, floats(x), in, from, out, momentum, velocity, out);
      else
        dnnl_sgemm('T', 'N', out, in, batch_, 1, from, out, floats(x), in, momentum, velocity, in);
      add_bias_gradient(from, floats(parameters_[bias].velocity), momentum, batch_, out);
    });
    return;
  }
  const Backward::primitive_desc backward{
      {dense_input_desc(layer), dense_gradient_desc(layer), desc({out}, Tag::x), desc({batch_, out}, Tag::nc)},
      engine_,
      layer.forward};
  const memory gradient = weight_gradient(layer.weight, backward.diff_weights_desc());
  add(Backward(backward), {{DNNL_ARG_SRC, as(layer.input, backward.src_desc())},
                           {DNNL_ARG_DIFF_DST, d},
                           {DNNL_ARG_DIFF_WEIGHTS, gradient},
                           {DNNL_ARG_DIFF_BIAS, parameters_[layer.bias].gradient}});
  finish_weight_gradient(layer.weight, gradient);
}

memory Net::gradient(const Dense& layer, const memory& d) {
  using Backward = dnnl::inner_product_backward_data;
  parameter_gradient(layer, d);
  const int out = static_cast<int>(layer.shape[0]);
  const Backward::primitive_desc backward{
      {dense_input_desc(layer), dense_gradient_desc(layer), desc({batch_, out}, Tag::nc)}, engine_, layer.forward};
  const memory result(backward.diff_src_desc(), engine_);
  add(Backward(backward), {{DNNL_ARG_DIFF_DST, d},
                           {DNNL_ARG_WEIGHTS, as(parameters_[layer.weight].weight, backward.weights_desc())},
                           {DNNL_ARG_DIFF_SRC, result}});
  return result;
}

void Net::parameter_gradient(const Convolution& layer, const memory& d) {
  using Backward = dnnl::convolution_backward_weights;
  const memory::dims in = layer.input.get_desc().dims(), out = layer.output.get_desc().dims();
  const Backward::primitive_desc backward{
      {dnnl::algorithm::convolution_direct, in[1] == 1 ? layer.input.get_desc() : desc(in, Tag::any),
       desc(layer.shape, Tag::any), desc({out[1]}, Tag::x), desc(out, Tag::any), one, one, one},
      engine_,
      layer.forward};
  const memory gradient = weight_gradient(layer.weight, backward.diff_weights_desc());
  add(Backward(backward), {{DNNL_ARG_SRC, as(layer.input, backward.src_desc())},
                           {DNNL_ARG_DIFF_DST, as(d, backward.diff_dst_desc())},
                           {DNNL_ARG_DIFF_WEIGHTS, gradient},
                           {DNNL_ARG_DIFF_BIAS, parameters_[layer.bias].gradient}});
  finish_weight_gradient(layer.weight, gradient);
}

memory Net::gradient(const Convolution& layer, const memory& d) {
  using Backward = dnnl::convolution_backward_data;
  parameter_gradient(layer, d);
  const memory::dims in = layer.input.get_desc().dims(), out = layer.output.get_desc().dims();
  const Backward::primitive_desc backward{{dnnl::algorithm::convolution_direct, desc(in, Tag::any),
                                           desc(layer.shape, Tag::any), desc(out, Tag::any), one, one, one},
                                          engine_,
                                          layer.forward};
  const memory result(backward.diff_src_desc(), engine_);
  add(Backward(backward), {{DNNL_ARG_DIFF_DST, as(d, backward.diff_dst_desc())},
                           {DNNL_ARG_WEIGHTS, as(parameters_[layer.weight].weight, backward.weights_desc())},
                           {DNNL_ARG_DIFF_SRC, result}});
  return result;
}

memory Net::gradient(const MaxPool& layer, memory d) {
  const memory result(layer.input.get_desc(), engine_);
  if (layer.block != 0) {
    d = as(d, layer.output.get_desc());
    keep_.insert(keep_.end(), {d, result});
    const memory::dims out = layer.output.get_desc().dims();
    const Planes planes{static_cast<std::size_t>(out[0] * out[1] / layer.block), static_cast<std::size_t>(out[2]),
                        static_cast<std::size_t>(out[3])};
    const auto loop = layer.block == 16 ? max_pool_gradient<16> : max_pool_gradient<8>;
    steps_.push_back([=, this, in = floats(layer.input), most = floats(layer.output), from = floats(d),
                      to = floats(result)] { loop(in, most, from, to, planes, threads_); });
    return result;
  }
  // The relu came before the pool, but its mask is the same after it, where there are a quarter of the values.
  d = relu_gradient(d, layer.output);
  const dnnl::pooling_backward::primitive_desc backward{
      {dnnl::algorithm::pooling_max, layer.input.get_desc(), layer.output.get_desc(), two, two, zero, zero},
      engine_,
      layer.forward};
  add(dnnl::pooling_backward(backward),
      {{DNNL_ARG_DIFF_DST, d}, {DNNL_ARG_WORKSPACE, layer.workspace}, {DNNL_ARG_DIFF_SRC, result}});
  return result;
}

}  // namespace treadle::bench::onednn
