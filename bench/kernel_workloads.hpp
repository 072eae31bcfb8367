// What each kernel is timed with. Workload<Args> makes the arguments for about n elements; a kernel whose Args have no
// workload does not compile into the bench.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "kernels/make_table.hpp"

namespace treadle::bench {

/// Owns the arrays of one call and counts the bytes that it reads and writes.
class Arrays {
 public:
  float* floats(std::size_t n, double uses = 1) {
    bytes_ += uses * sizeof(float) * static_cast<double>(n);
    std::vector<float>& values = floats_.emplace_back(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i % 29) * 0.125f + 0.0625f;
    return values.data();
  }
  float* updated_floats(std::size_t n) { return floats(n, 2); }
  std::int32_t* targets(std::size_t n, std::int32_t below) {
    bytes_ += sizeof(std::int32_t) * static_cast<double>(n);
    std::vector<std::int32_t>& values = ints_.emplace_back(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<std::int32_t>(i) % below;
    return values.data();
  }
  std::uint8_t* pixels(std::size_t n) {
    bytes_ += static_cast<double>(n);
    return pixels_.emplace_back(n, std::uint8_t{128}).data();
  }
  double bytes() const { return bytes_; }

 private:
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<std::int32_t>> ints_;
  std::deque<std::vector<std::uint8_t>> pixels_;
  double bytes_ = 0;
};

template <class Args>
struct Workload;

template <>
struct Workload<kernels::ActivationArgs> {
  static kernels::ActivationArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.x = arrays.floats(n), .y = arrays.floats(n), .n = n};
  }
};

template <>
struct Workload<kernels::ActivationGradientArgs> {
  static kernels::ActivationGradientArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.saved = arrays.floats(n), .dy = arrays.floats(n), .dx = arrays.floats(n), .n = n};
  }
};

template <>
struct Workload<kernels::LeakyReluArgs> {
  static kernels::LeakyReluArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.x = arrays.floats(n), .y = arrays.floats(n), .n = n, .slope = 0.01f};
  }
};

template <>
struct Workload<kernels::LeakyReluGradientArgs> {
  static kernels::LeakyReluGradientArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.y = arrays.floats(n), .dy = arrays.floats(n), .dx = arrays.floats(n), .n = n, .slope = 0.01f};
  }
};

template <>
struct Workload<kernels::ExponentialArgs> {
  static kernels::ExponentialArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.x = arrays.floats(n), .y = arrays.floats(n), .n = n};
  }
};

template <>
struct Workload<kernels::LogarithmArgs> {
  static kernels::LogarithmArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.x = arrays.floats(n), .y = arrays.floats(n), .n = n};
  }
};

template <>
struct Workload<kernels::ScaleBytesArgs> {
  static kernels::ScaleBytesArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.x = arrays.pixels(n), .y = arrays.floats(n), .n = n, .scale = 1 / 255.0f, .offset = -0.5f};
  }
};

template <>
struct Workload<kernels::SgdArgs> {
  static kernels::SgdArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.parameter = arrays.updated_floats(n),
            .gradient = arrays.floats(n),
            .n = n,
            .learning_rate = 1e-6f,
            .weight_decay = 0.01f};
  }
};

template <>
struct Workload<kernels::MomentumArgs> {
  static kernels::MomentumArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.parameter = arrays.updated_floats(n),
            .gradient = arrays.floats(n),
            .velocity = arrays.updated_floats(n),
            .n = n,
            .learning_rate = 1e-6f,
            .momentum = 0.9f,
            .weight_decay = 0.01f,
            .nesterov = false};
  }
};

template <>
struct Workload<kernels::AdamArgs> {
  static kernels::AdamArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    return {.parameter = arrays.updated_floats(n),
            .gradient = arrays.floats(n),
            .first_moment = arrays.updated_floats(n),
            .second_moment = arrays.updated_floats(n),
            .n = n,
            .step_size = 1e-6f,
            .beta1 = 0.9f,
            .one_minus_beta1 = 0.1f,
            .beta2 = 0.999f,
            .one_minus_beta2 = 0.001f,
            .second_scale = 1.0f,
            .epsilon = 1e-8f,
            .decay = 1e-6f};
  }
};

/// Rows of 256 columns.
template <>
struct Workload<kernels::ColumnSumArgs> {
  static kernels::ColumnSumArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    constexpr std::size_t columns = 256;
    return {.in = arrays.floats(n),
            .out = arrays.floats(columns),
            .rows = n / columns,
            .columns = columns,
            .row_stride = columns,
            .accumulate = false};
  }
};

/// Rows of 256 columns.
template <>
struct Workload<kernels::SoftmaxArgs> {
  static kernels::SoftmaxArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    constexpr std::size_t columns = 256;
    return {.x = arrays.floats(n),
            .y = arrays.floats(n),
            .rows = n / columns,
            .groups = 1,
            .columns = columns,
            .row_stride = columns};
  }
};

template <>
struct Workload<kernels::SoftmaxGradientArgs> {
  static kernels::SoftmaxGradientArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    constexpr std::size_t columns = 256;
    return {.y = arrays.floats(n),
            .dy = arrays.floats(n),
            .dx = arrays.floats(n),
            .rows = n / columns,
            .groups = 1,
            .columns = columns,
            .row_stride = columns};
  }
};

/// Rows of 10 classes, padded to 16.
template <>
struct Workload<kernels::SoftmaxCrossEntropyArgs> {
  static kernels::SoftmaxCrossEntropyArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    const std::size_t rows = n / 16;
    return {.logits = arrays.floats(n),
            .targets = arrays.targets(rows, 10),
            .gradient = arrays.floats(n),
            .loss = arrays.floats(rows),
            .correct = arrays.floats(rows),
            .rows = rows,
            .columns = 10,
            .row_stride = 16,
            .scale = 1 / 128.0f};
  }
};

template <>
struct Workload<kernels::SoftmaxCrossEntropyLossArgs> {
  static kernels::SoftmaxCrossEntropyLossArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    const std::size_t rows = n / 16;
    return {.logits = arrays.floats(n),
            .targets = arrays.targets(rows, 10),
            .loss = arrays.floats(rows),
            .correct = arrays.floats(rows),
            .rows = rows,
            .columns = 10,
            .row_stride = 16};
  }
};

/// Rows of 256 columns.
template <>
struct Workload<kernels::TransposePanelsArgs> {
  static kernels::TransposePanelsArgs make(Arrays& arrays, const kernels::KernelTable& table, std::size_t n) {
    constexpr std::size_t columns = 256;
    const std::size_t rows = n / columns;
    const std::size_t panels = (rows + table.panel - 1) / table.panel;
    return {.from = arrays.floats(n),
            .to = arrays.floats(panels * table.panel * columns),
            .rows = rows,
            .columns = columns,
            .panel = table.panel,
            .first_panel = 0,
            .panels = panels,
            .from_panel_stride = rows * table.panel,
            .to_panel_stride = columns * table.panel};
  }
};

/// Images 32 pixels wide of 16 channels, in windows of 2x2.
template <>
struct Workload<kernels::MaxPoolArgs> {
  static kernels::MaxPoolArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    constexpr std::size_t width = 32, channels = 16;
    return {.x = arrays.floats(n),
            .y = arrays.floats(n / 4),
            .width = width,
            .channels = channels,
            .out_height = n / width / channels / 2,
            .out_width = width / 2,
            .window = 2,
            .stride = 2};
  }
};

template <>
struct Workload<kernels::MaxPoolGradientArgs> {
  static kernels::MaxPoolGradientArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    constexpr std::size_t width = 32, channels = 16;
    return {.x = arrays.floats(n),
            .y = arrays.floats(n / 4),
            .dy = arrays.floats(n / 4),
            .dx = arrays.floats(n),
            .height = n / width / channels,
            .width = width,
            .channels = channels,
            .out_height = n / width / channels / 2,
            .out_width = width / 2,
            .window = 2,
            .stride = 2,
            .gate = true};
  }
};

/// Images 32 pixels wide of 16 channels, one pixel of zeros around them.
template <>
struct Workload<kernels::PadImageArgs> {
  static kernels::PadImageArgs make(Arrays& arrays, const kernels::KernelTable&, std::size_t n) {
    constexpr std::size_t width = 32, channels = 16;
    const std::size_t height = n / width / channels;
    return {.from = arrays.floats(n),
            .to = arrays.floats((height + 2) * (width + 2) * channels),
            .height = height,
            .width = width,
            .channels = channels,
            .rows = height + 2,
            .to_width = width + 2,
            .first_row = 0,
            .top = 1,
            .left = 1,
            .apart = 1};
  }
};

}  // namespace treadle::bench
