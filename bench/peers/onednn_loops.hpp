// The parts of a training step that oneDNN 2.6 has no primitive for, or a slower one, as loops over plain arrays that
// OpenMP spreads over `threads`.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace treadle::bench::onednn {

/// d *= (y > 0)
inline void relu_gradient(float* d, const float* y, std::size_t n, int threads) {
#pragma omp parallel for simd num_threads(threads) if (threads > 1 && n > 20000)
  for (std::size_t i = 0; i < n; ++i) d[i] = y[i] > 0 ? d[i] : 0.0f;
}

/// Planes of [2 height, 2 width] pixels of `block` channels, which become [height, width].
struct Planes {
  std::size_t count, height, width;
};

/// Maximum of each 2 x 2 pixels.
template <int block>
void max_pool(const float* in, float* out, Planes planes, int threads) {
  const std::size_t row = 2 * planes.width * block;
#pragma omp parallel for num_threads(threads) if (threads > 1 && planes.count > 1)
  for (std::size_t line = 0; line < planes.count * planes.height; ++line)
    for (std::size_t column = 0; column < planes.width; ++column) {
      const float* top = in + 2 * line * row + 2 * column * block;
      const float* bottom = top + row;
      float* to = out + (line * planes.width + column) * block;
#pragma omp simd
      for (int c = 0; c < block; ++c)
        to[c] = std::max(std::max(top[c], top[c + block]), std::max(bottom[c], bottom[c + block]));
    }
}

/// Gradient of relu and then max_pool: the first of the four pixels that is the maximum gets it, if that is above 0.
template <int block>
void max_pool_gradient(const float* in, const float* out, const float* d_out, float* d_in, Planes planes, int threads) {
  const std::size_t row = 2 * planes.width * block;
#pragma omp parallel for num_threads(threads) if (threads > 1 && planes.count > 1)
  for (std::size_t line = 0; line < planes.count * planes.height; ++line)
    for (std::size_t column = 0; column < planes.width; ++column) {
      const std::size_t from = 2 * line * row + 2 * column * block, at = (line * planes.width + column) * block;
      const float *top = in + from, *bottom = top + row, *maximum = out + at, *d = d_out + at;
      float *d_top = d_in + from, *d_bottom = d_top + row;
#pragma omp simd
      for (int c = 0; c < block; ++c) {
        const float most = maximum[c];
        const float d0 = most > 0 ? d[c] : 0.0f;
        const float d1 = top[c] == most ? 0.0f : d0;
        const float d2 = top[c + block] == most ? 0.0f : d1;
        const float d3 = bottom[c] == most ? 0.0f : d2;
        d_top[c] = top[c] == most ? d0 : 0.0f;
        d_top[c + block] = top[c + block] == most ? d1 : 0.0f;
        d_bottom[c] = bottom[c] == most ? d2 : 0.0f;
        d_bottom[c + block] = d3;
      }
    }
}

/// Mean loss over the batch, and its gradient by the logits. logits and gradient: [batch, classes].
template <int classes>
float softmax_cross_entropy(const float* logits, const std::int32_t* targets, float* gradient, int batch, int threads) {
  double sum = 0;
#pragma omp parallel for num_threads(threads) if (threads > 1 && batch >= 128) reduction(+ : sum)
  for (int sample = 0; sample < batch; ++sample) {
    const float* z = logits + sample * classes;
    float* d = gradient + sample * classes;
    const float most = *std::max_element(z, z + classes);
    float exponential[classes], total = 0;
    for (int j = 0; j < classes; ++j) total += exponential[j] = std::exp(z[j] - most);
    sum += std::log(total) + most - z[targets[sample]];
    const float scale = 1 / (total * static_cast<float>(batch));
    for (int j = 0; j < classes; ++j) d[j] = exponential[j] * scale;
    d[targets[sample]] -= 1 / static_cast<float>(batch);
  }
  return static_cast<float>(sum / batch);
}

/// Bias gradient of a dense layer, added to momentum * velocity. d: [batch, out].
inline void add_bias_gradient(const float* d, float* velocity, float momentum, int batch, int out) {
  for (int j = 0; j < out; ++j) velocity[j] *= momentum;
  for (int sample = 0; sample < batch; ++sample)
    for (int j = 0; j < out; ++j) velocity[j] += d[static_cast<std::size_t>(sample) * out + j];
}

/// One sweep over all parameters. The velocities of the first `finished` have their gradients already.
inline void update(float* weight, const float* gradient, float* velocity, std::size_t finished, std::size_t n,
                   float learning_rate, float momentum, int threads) {
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
#pragma omp for simd nowait
    for (std::size_t i = 0; i < finished; ++i) weight[i] -= learning_rate * velocity[i];
#pragma omp for simd nowait
    for (std::size_t i = finished; i < n; ++i) {
      const float next = momentum * velocity[i] + gradient[i];
      velocity[i] = next;
      weight[i] -= learning_rate * next;
    }
  }
}

}  // namespace treadle::bench::onednn
