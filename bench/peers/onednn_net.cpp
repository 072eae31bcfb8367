#include "peers/onednn_net.hpp"

#include <cmath>
#include <cstring>

#include "peers/onednn_loops.hpp"
#include "peers/onednn_memory.hpp"

namespace treadle::bench::onednn {
namespace {

dnnl::primitive_attr with_relu(bool relu) {
  dnnl::post_ops after;
  if (relu) after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  return attributes;
}

Tag plain_tag(const memory::dims& shape) {
  return shape.size() == 1 ? Tag::a : shape.size() == 2 ? Tag::ab : Tag::abcd;
}

}  // namespace

Net::Net(int batch, int threads, Choice choice, Hyperparameters hyperparameters)
    : batch_(batch), threads_(threads), choice_(choice), hyperparameters_(hyperparameters) {}

void Net::add(const dnnl::primitive& primitive, Arguments arguments) {
  // The list of the C interface is made once; the C++ interface would make it again in each step.
  std::vector<dnnl_exec_arg_t> list;
  for (const auto& [index, value] : arguments) {
    keep_.push_back(value);
    list.push_back({index, value.get()});
  }
  steps_.push_back([this, primitive, list = std::move(list)] {
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive.get(), stream_.get(), static_cast<int>(list.size()), list.data()),
        "a primitive failed");
  });
}

/// The same values in another layout: a reorder only where it differs.
memory Net::as(const memory& from, const memory::desc& wanted) {
  if (from.get_desc() == wanted) return from;
  const memory to(wanted, engine_);
  add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  return to;
}

std::size_t Net::parameter(const memory::desc& layout, memory::dims shape, int fan_in, bool into_velocity) {
  const auto without_memory = [&] { return memory(layout, engine_, DNNL_MEMORY_NONE); };
  parameters_.push_back({without_memory(), into_velocity ? memory() : without_memory(), without_memory(),
                         std::move(shape), fan_in, into_velocity});
  return parameters_.size() - 1;
}

memory Net::input(memory::dims shape) {
  shape.insert(shape.begin(), batch_);
  input_ = memory(desc(shape, plain_tag(shape)), engine_, DNNL_MEMORY_NONE);
  return input_;
}

Tag Net::dense_tag(bool image) const {
  switch (choice_.dense) {
    case DenseWeights::each_chooses:
    case DenseWeights::forward_chooses:
      return Tag::any;
    case DenseWeights::out_in:
    case DenseWeights::out_in_sgemm:
      return image ? Tag::oihw : Tag::oi;
    case DenseWeights::in_out:
    case DenseWeights::in_out_sgemm:
      return image ? Tag::ihwo : Tag::io;
  }
  return Tag::any;
}

Net::Dense Net::dense(const memory& input, int out, bool relu) {
  using Forward = dnnl::inner_product_forward;
  const memory::dims in = input.get_desc().dims();
  const bool image = in.size() == 4;
  Dense layer;
  layer.shape = in;
  layer.shape[0] = out;
  int fan_in = 1;
  for (std::size_t i = 1; i < in.size(); ++i) fan_in *= static_cast<int>(in[i]);
  const Tag input_tag = !image ? Tag::nc : choice_.dense < DenseWeights::out_in ? Tag::any : Tag::nchw;
  layer.forward = {{dnnl::prop_kind::forward_training, desc(in, input_tag), desc(layer.shape, dense_tag(image)),
                    desc({out}, Tag::x), desc({batch_, out}, Tag::nc)},
                   with_relu(relu),
                   engine_};
  layer.input = as(input, layer.forward.src_desc());
  layer.output = memory(layer.forward.dst_desc(), engine_);
  layer.weight = parameter(layer.forward.weights_desc(), layer.shape, fan_in, sgemm());
  layer.bias = parameter(layer.forward.bias_desc(), {out}, fan_in, sgemm());
  add(Forward(layer.forward), {{DNNL_ARG_SRC, layer.input},
                               {DNNL_ARG_WEIGHTS, parameters_[layer.weight].weight},
                               {DNNL_ARG_BIAS, parameters_[layer.bias].weight},
                               {DNNL_ARG_DST, layer.output}});
  return layer;
}

Net::Convolution Net::convolution(const memory& input, int out) {
  using Forward = dnnl::convolution_forward;
  const memory::dims in = input.get_desc().dims(), to{in[0], out, in[2], in[3]};
  const int fan_in = static_cast<int>(in[1]) * 9;
  Convolution layer;
  layer.shape = {out, in[1], 3, 3};
  // Layouts other than the library's own choice were 3 to 400 times slower. One channel lies the same way in all.
  layer.forward = {{dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                    in[1] == 1 ? input.get_desc() : desc(in, Tag::any), desc(layer.shape, Tag::any),
                    desc({out}, Tag::x), desc(to, Tag::any), one, one, one},
                   with_relu(true),
                   engine_};
  layer.input = as(input, layer.forward.src_desc());
  layer.output = memory(layer.forward.dst_desc(), engine_);
  layer.weight = parameter(layer.forward.weights_desc(), layer.shape, fan_in, false);
  layer.bias = parameter(layer.forward.bias_desc(), {out}, fan_in, false);
  add(Forward(layer.forward), {{DNNL_ARG_SRC, layer.input},
                               {DNNL_ARG_WEIGHTS, parameters_[layer.weight].weight},
                               {DNNL_ARG_BIAS, parameters_[layer.bias].weight},
                               {DNNL_ARG_DST, layer.output}});
  return layer;
}

Net::MaxPool Net::max_pool(const memory& input) {
  using Forward = dnnl::pooling_forward;
  const memory::dims in = input.get_desc().dims(), out{in[0], in[1], in[2] / 2, in[3] / 2};
  MaxPool layer{.forward = {}, .input = input, .output = {}, .workspace = {}, .block = 0};
  if (choice_.own_max_pool)
    layer.block = input.get_desc() == desc(in, Tag::nChw16c) ? 16 : input.get_desc() == desc(in, Tag::nChw8c) ? 8 : 0;
  if (layer.block != 0) {
    layer.output = memory(desc(out, layer.block == 16 ? Tag::nChw16c : Tag::nChw8c), engine_);
    keep_.insert(keep_.end(), {input, layer.output});
    const Planes planes{static_cast<std::size_t>(out[0] * out[1] / layer.block), static_cast<std::size_t>(out[2]),
                        static_cast<std::size_t>(out[3])};
    const auto loop = layer.block == 16 ? onednn::max_pool<16> : onednn::max_pool<8>;
    steps_.push_back([=, this, from = floats(input), to = floats(layer.output)] { loop(from, to, planes, threads_); });
    return layer;
  }
  layer.forward = {{dnnl::prop_kind::forward_training, dnnl::algorithm::pooling_max, input.get_desc(),
                    desc(out, Tag::any), two, two, zero, zero},
                   engine_};
  layer.output = memory(layer.forward.dst_desc(), engine_);
  layer.workspace = memory(layer.forward.workspace_desc(), engine_);
  add(Forward(layer.forward),
      {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, layer.output}, {DNNL_ARG_WORKSPACE, layer.workspace}});
  return layer;
}

Net::Block Net::make_block(std::size_t floats) {
  constexpr std::size_t page = 4096;
  const std::size_t bytes = (floats * sizeof(float) + page - 1) / page * page;
  Block block(static_cast<float*>(std::aligned_alloc(page, bytes)));
  if (block != nullptr) std::memset(block.get(), 0, bytes);
  return block;
}

/// Uniform within 1 / sqrt(fan in), drawn in the plain layout.
void Net::draw(const Parameter& parameter, std::mt19937& random) {
  const float bound = 1 / std::sqrt(static_cast<float>(parameter.fan_in));
  std::uniform_real_distribution<float> uniform(-bound, bound);
  memory plain(desc(parameter.shape, plain_tag(parameter.shape)), engine_);
  memory weight = parameter.weight;
  for (std::size_t i = 0; i < count(plain); ++i) floats(plain)[i] = uniform(random);
  dnnl::reorder(plain, weight).execute(stream_, plain, weight);
}

void Net::finish() {
  const auto room = [](const Parameter& parameter) { return (count(parameter.weight) + 15) / 16 * 16; };
  std::size_t into_velocity = 0, all = 0;
  for (const Parameter& parameter : parameters_) {
    all += room(parameter);
    if (parameter.into_velocity) into_velocity += room(parameter);
  }
  for (Block* block : {&weights_, &gradients_, &velocities_}) *block = make_block(all);
  std::size_t next_into_velocity = 0, next = into_velocity;
  std::mt19937 random(1);
  for (Parameter& parameter : parameters_) {
    std::size_t& at = parameter.into_velocity ? next_into_velocity : next;
    parameter.weight.set_data_handle(weights_.get() + at);
    parameter.velocity.set_data_handle(velocities_.get() + at);
    if (!parameter.into_velocity) parameter.gradient.set_data_handle(gradients_.get() + at);
    at += room(parameter);
    draw(parameter, random);
  }
  stream_.wait();
  steps_.push_back([=, this] {
    update(weights_.get(), gradients_.get(), velocities_.get(), into_velocity, all, hyperparameters_.learning_rate,
           hyperparameters_.momentum, threads_);
  });
}

float Net::run(const float* inputs, const std::int32_t* targets) {
  input_.set_data_handle(const_cast<float*>(inputs));
  targets_ = targets;
  for (const auto& step : steps_) step();
  return loss_;
}

}  // namespace treadle::bench::onednn
