// What each kernel is tried with. Cases<Args>::all() makes the calls for the kernels that take Args; a kernel whose
// Args have no such cases does not compile into the tests.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "kernels/make_table.hpp"
#include "kernels/reference.hpp"
#include "memory.hpp"

namespace treadle::kernels::test {

template <class Args>
struct Case {
  std::string name;
  std::size_t misalignment;
  bool plain;  // no infinities, NaNs or subnormals
  std::function<Args(Memory&)> make;
};

template <class Args>
struct Cases;

/// One less and one more than every register's and every unrolled loop's edge.
inline constexpr std::size_t awkward_sizes[] = {0,  1,  2,  3,  4,  5,  7,   8,   9,   15,  16, 17,
                                                31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 257};

inline std::string text(std::initializer_list<std::pair<const char*, std::size_t>> parts) {
  std::string result;
  for (const auto& [name, value] : parts) result += std::string(name) + " " + std::to_string(value) + " ";
  return result;
}

/// Cases of a kernel that treats each of n values alone; make(memory, n, values, in_place).
template <class Args, class Make>
std::vector<Case<Args>> elementwise_cases(bool can_be_in_place, Make make) {
  std::vector<Case<Args>> cases;
  for (const std::size_t n : awkward_sizes)
    for (const std::size_t misalignment : {0, 1, 3})
      for (const bool in_place : {false, true}) {
        if (in_place && !can_be_in_place) continue;
        for (const Values values : {Values::plain, Values::awkward})
          cases.push_back({text({{"n", n}, {"misalignment", misalignment}, {"in place", in_place}}), misalignment,
                           values == Values::plain, [=](Memory& memory) { return make(memory, n, values, in_place); }});
      }
  return cases;
}

/// Args of the form {x, y, n}.
template <class Args>
std::vector<Case<Args>> unary_cases() {
  return elementwise_cases<Args>(true, [](Memory& memory, std::size_t n, Values values, bool in_place) {
    float* x = memory.floats(n, values);
    return Args{.x = x, .y = in_place ? x : memory.floats(n, Values::plain), .n = n};
  });
}

template <>
struct Cases<ActivationArgs> {
  static auto all() { return unary_cases<ActivationArgs>(); }
};

template <>
struct Cases<LeakyReluArgs> {
  static auto all() {
    return elementwise_cases<LeakyReluArgs>(true, [](Memory& memory, std::size_t n, Values values, bool in_place) {
      float* x = memory.floats(n, values);
      return LeakyReluArgs{
          .x = x, .y = in_place ? x : memory.floats(n, Values::plain), .n = n, .slope = n % 2 == 0 ? 0.01f : 1.5f};
    });
  }
};

template <>
struct Cases<ExponentialArgs> {
  static auto all() { return unary_cases<ExponentialArgs>(); }
};

template <>
struct Cases<LogarithmArgs> {
  static auto all() { return unary_cases<LogarithmArgs>(); }
};

template <>
struct Cases<ActivationGradientArgs> {
  static auto all() {
    return elementwise_cases<ActivationGradientArgs>(true, [](Memory& memory, std::size_t n, Values values,
                                                              bool in_place) {
      float* dy = memory.floats(n, values);
      return ActivationGradientArgs{
          .saved = memory.floats(n, values), .dy = dy, .dx = in_place ? dy : memory.floats(n, Values::plain), .n = n};
    });
  }
};

template <>
struct Cases<LeakyReluGradientArgs> {
  static auto all() {
    return elementwise_cases<LeakyReluGradientArgs>(
        true, [](Memory& memory, std::size_t n, Values values, bool in_place) {
          float* dy = memory.floats(n, values);
          return LeakyReluGradientArgs{.y = memory.floats(n, values),
                                       .dy = dy,
                                       .dx = in_place ? dy : memory.floats(n, Values::plain),
                                       .n = n,
                                       .slope = n % 2 == 0 ? 0.01f : 1.5f};
        });
  }
};

template <>
struct Cases<ScaleBytesArgs> {
  static auto all() {
    return elementwise_cases<ScaleBytesArgs>(false, [](Memory& memory, std::size_t n, Values, bool) {
      return ScaleBytesArgs{
          .x = memory.bytes(n), .y = memory.floats(n, Values::plain), .n = n, .scale = 1 / 255.0f, .offset = -0.2860f};
    });
  }
};

template <>
struct Cases<SgdArgs> {
  static auto all() {
    return elementwise_cases<SgdArgs>(false, [](Memory& memory, std::size_t n, Values values, bool) {
      return SgdArgs{.parameter = memory.floats(n, values),
                     .gradient = memory.floats(n, values),
                     .n = n,
                     .learning_rate = 0.1f,
                     .weight_decay = n % 2 == 0 ? 0.0f : 0.01f};
    });
  }
};

template <>
struct Cases<MomentumArgs> {
  static auto all() {
    std::vector<Case<MomentumArgs>> cases;
    for (const bool nesterov : {false, true})
      for (auto& each :
           elementwise_cases<MomentumArgs>(false, [nesterov](Memory&memory, std::size_t n, Values values, bool) {
             return MomentumArgs{.parameter = memory.floats(n, values),
                                 .gradient = memory.floats(n, values),
                                 .velocity = memory.floats(n, values),
                                 .n = n,
                                 .learning_rate = 0.1f,
                                 .momentum = 0.9f,
                                 .weight_decay = n % 2 == 0 ? 0.0f : 0.01f,
                                 .nesterov = nesterov};
           })) {
        each.name += nesterov ? "nesterov" : "";
        cases.push_back(each);
      }
    return cases;
  }
};

template <>
struct Cases<AdamArgs> {
  static auto all() {
    return elementwise_cases<AdamArgs>(false, [](Memory& memory, std::size_t n, Values values, bool) {
      const Values moment = values == Values::plain ? Values::positive : values;
      return AdamArgs{.parameter = memory.floats(n, values),
                      .gradient = memory.floats(n, values),
                      .first_moment = memory.floats(n, values),
                      .second_moment = memory.floats(n, moment),
                      .n = n,
                      .step_size = 0.002f,
                      .beta1 = 0.9f,
                      .one_minus_beta1 = 0.1f,
                      .beta2 = 0.999f,
                      .one_minus_beta2 = 0.001f,
                      .second_scale = 3.7f,
                      .epsilon = 1e-8f,
                      .decay = 0.01f};
    });
  }
};

template <>
struct Cases<ColumnSumArgs> {
  static auto all() {
    std::vector<Case<ColumnSumArgs>> cases;
    for (const std::size_t columns : awkward_sizes)
      for (const std::size_t rows : {0, 1, 2, 7})
        for (const std::size_t padding : {0, 5})
          for (const bool accumulate : {false, true})
            for (const Values values : {Values::plain, Values::mostly_plain})
              cases.push_back({text({{"rows", rows}, {"columns", columns}, {"padding", padding}}), padding % 4,
                               values == Values::plain, [=](Memory& memory) {
                                 return ColumnSumArgs{.in = memory.floats(rows * (columns + padding), values),
                                                      .out = memory.floats(columns, values),
                                                      .rows = rows,
                                                      .columns = columns,
                                                      .row_stride = columns + padding,
                                                      .accumulate = accumulate};
                               }});
    return cases;
  }
};

template <>
struct Cases<TransposePanelsArgs> {
  static auto all() {
    std::vector<Case<TransposePanelsArgs>> cases;
    for (const std::size_t panel : {4, 8, 16, 32})
      for (const std::size_t rows : {1, 3, 4, 16, 17, 33})
        for (const std::size_t columns : {1, 4, 5, 15, 33})
          for (const std::size_t gap : {0, 7})
            for (const std::size_t first_panel : {0, 1}) {
              const std::size_t to_panels = (rows + panel - 1) / panel;
              if (first_panel >= to_panels) continue;
              cases.push_back({text({{"rows", rows}, {"columns", columns}, {"panel", panel}, {"first", first_panel}}),
                               1, true, [=](Memory& memory) {
                                 const std::size_t from_panels = (columns + panel - 1) / panel;
                                 const std::size_t from_stride = rows * panel + gap, to_stride = columns * panel + gap;
                                 return TransposePanelsArgs{
                                     .from = memory.floats(from_panels * from_stride, Values::plain),
                                     .to = memory.floats(to_panels * to_stride, Values::plain),
                                     .rows = rows,
                                     .columns = columns,
                                     .panel = panel,
                                     .first_panel = first_panel,
                                     .panels = to_panels - first_panel,
                                     .from_panel_stride = from_stride,
                                     .to_panel_stride = to_stride};
                               }});
            }
    return cases;
  }
};

/// What a convolution asks for: any part of the padded image's rows, wider and narrower than the image.
template <>
struct Cases<PadImageArgs> {
  static auto all() {
    std::vector<Case<PadImageArgs>> cases;
    for (const std::size_t height : {1, 2, 5})
      for (const std::size_t width : {1, 4, 7})
        for (const std::size_t channels : {1, 3, 8, 17})
          for (const std::size_t apart : {1, 2, 3})
            for (const std::size_t margin : {0, 1, 2})
              for (const std::size_t first_row : {0, 1, 3})
                for (const std::size_t cut : {0, 1}) {
                  const std::size_t to_width = margin + (width - 1) * apart + 1 + (cut == 1 ? 0 : margin) - cut;
                  if (to_width <= margin) continue;
                  cases.push_back({text({{"height", height},
                                         {"width", width},
                                         {"channels", channels},
                                         {"apart", apart},
                                         {"margin", margin},
                                         {"first row", first_row},
                                         {"cut", cut}}),
                                   channels % 4, true, [=](Memory& memory) {
                                     const std::size_t rows = height * apart + 2 * margin - cut;
                                     return PadImageArgs{
                                         .from = memory.floats(height * width * channels, Values::mostly_plain),
                                         .to = memory.floats(rows * to_width * channels, Values::plain),
                                         .height = height,
                                         .width = width,
                                         .channels = channels,
                                         .rows = rows,
                                         .to_width = to_width,
                                         .first_row = first_row,
                                         .top = margin,
                                         .left = margin,
                                         .apart = apart};
                                   }});
                }
    return cases;
  }
};

/// make(memory, height, width, channels, window, stride, values): windows that touch, overlap and leave gaps.
template <class Args, class Make>
std::vector<Case<Args>> pool_cases(Make make) {
  std::vector<Case<Args>> cases;
  for (const std::size_t height : {1, 4, 5, 9})
    for (const std::size_t width : {1, 6, 7})
      for (const std::size_t channels : {1, 3, 8, 16, 33})
        for (const std::size_t window : {1, 2, 3})
          for (const std::size_t stride : {1, 2, 3})
            for (const Values values : {Values::plain, Values::integers, Values::awkward}) {
              if (window > height || window > width) continue;
              cases.push_back({text({{"height", height},
                                     {"width", width},
                                     {"channels", channels},
                                     {"window", window},
                                     {"stride", stride}}),
                               channels % 4, values != Values::awkward, [=](Memory& memory) {
                                 return make(memory, height, width, channels, window, stride, values);
                               }});
            }
  return cases;
}

template <>
struct Cases<MaxPoolArgs> {
  static auto all() {
    return pool_cases<MaxPoolArgs>([](Memory& memory, std::size_t height, std::size_t width, std::size_t channels,
                                      std::size_t window, std::size_t stride, Values values) {
      const std::size_t out_height = (height - window) / stride + 1, out_width = (width - window) / stride + 1;
      return MaxPoolArgs{.x = memory.floats(height * width * channels, values),
                         .y = memory.floats(out_height * out_width * channels, Values::plain),
                         .width = width,
                         .channels = channels,
                         .out_height = out_height,
                         .out_width = out_width,
                         .window = window,
                         .stride = stride};
    });
  }
};

template <>
struct Cases<MaxPoolGradientArgs> {
  static auto all() {
    return pool_cases<MaxPoolGradientArgs>([](Memory& memory, std::size_t height, std::size_t width,
                                              std::size_t channels, std::size_t window, std::size_t stride,
                                              Values values) {
      const std::size_t out_height = (height - window) / stride + 1, out_width = (width - window) / stride + 1;
      const std::size_t outputs = out_height * out_width * channels;
      const float* x = memory.floats(height * width * channels, values);
      float* y = memory.floats(outputs, Values::plain);
      reference::max_pool<reference::Fused>({.x = x,
                                             .y = y,
                                             .width = width,
                                             .channels = channels,
                                             .out_height = out_height,
                                             .out_width = out_width,
                                             .window = window,
                                             .stride = stride});
      return MaxPoolGradientArgs{.x = x,
                                 .y = y,
                                 .dy = memory.floats(outputs, values),
                                 .dx = memory.floats(height * width * channels, Values::plain),
                                 .height = height,
                                 .width = width,
                                 .channels = channels,
                                 .out_height = out_height,
                                 .out_width = out_width,
                                 .window = window,
                                 .stride = stride,
                                 .gate = (height + channels) % 2 == 1};
    });
  }
};

/// make(memory, rows, columns, row_stride, values, in_place).
template <class Args, class Make>
std::vector<Case<Args>> softmax_cases(bool can_be_in_place, Make make) {
  std::vector<Case<Args>> cases;
  for (const std::size_t columns : {1, 2, 9, 10, 15, 16, 17, 31, 32, 33, 100})
    for (const std::size_t row_stride : {columns, columns + 3, (columns + 15) / 16 * 16, (columns + 15) / 16 * 16 + 17})
      for (const bool in_place : {false, true}) {
        if (in_place && !can_be_in_place) continue;
        for (const Values values : {Values::plain, Values::integers, Values::mostly_plain, Values::awkward})
          cases.push_back({text({{"columns", columns}, {"row stride", row_stride}, {"in place", in_place}}),
                           row_stride % 4, values == Values::plain || values == Values::integers, [=](Memory& memory) {
                             return make(memory, std::size_t{9}, columns, row_stride, values, in_place);
                           }});
      }
  return cases;
}

/// make(memory, rows, groups, columns, row_stride, values, in_place), after the cases of one group with those of
/// several.
template <class Args, class Make>
std::vector<Case<Args>> grouped_cases(Make make) {
  auto cases = softmax_cases<Args>(true, [make](Memory& memory, std::size_t rows, std::size_t columns,
                                                std::size_t row_stride, Values values, bool in_place) {
    return make(memory, rows, std::size_t{1}, columns, row_stride, values, in_place);
  });
  for (const std::size_t groups : {2, 3, 5})
    for (const std::size_t columns : {1, 7, 8, 16, 17, 35})
      for (const std::size_t padding : {0, 5, 40})
        for (const bool in_place : {false, true})
          for (const Values values : {Values::plain, Values::mostly_plain})
            cases.push_back(
                {text({{"groups", groups}, {"columns", columns}, {"padding", padding}, {"in place", in_place}}), 1,
                 values == Values::plain, [=](Memory& memory) {
                   return make(memory, std::size_t{3}, groups, columns, groups * columns + padding, values, in_place);
                 }});
  return cases;
}

template <>
struct Cases<SoftmaxArgs> {
  static auto all() {
    return grouped_cases<SoftmaxArgs>([](Memory& memory, std::size_t rows, std::size_t groups, std::size_t columns,
                                         std::size_t row_stride, Values values, bool in_place) {
      float* x = memory.floats(rows * row_stride, values);
      return SoftmaxArgs{.x = x,
                         .y = in_place ? x : memory.floats(rows * row_stride, Values::plain),
                         .rows = rows,
                         .groups = groups,
                         .columns = columns,
                         .row_stride = row_stride};
    });
  }
};

template <>
struct Cases<SoftmaxGradientArgs> {
  static auto all() {
    return grouped_cases<SoftmaxGradientArgs>([](Memory& memory, std::size_t rows, std::size_t groups,
                                                 std::size_t columns, std::size_t row_stride, Values values,
                                                 bool in_place) {
      float* dy = memory.floats(rows * row_stride, values);
      return SoftmaxGradientArgs{.y = memory.floats(rows * row_stride, values),
                                 .dy = dy,
                                 .dx = in_place ? dy : memory.floats(rows * row_stride, Values::plain),
                                 .rows = rows,
                                 .groups = groups,
                                 .columns = columns,
                                 .row_stride = row_stride};
    });
  }
};

/// Columns and, now and then, numbers that are none.
inline std::int32_t* awkward_targets(Memory& memory, std::size_t rows, std::size_t columns) {
  std::int32_t* targets = memory.ints(rows, -1, static_cast<std::int32_t>(columns));
  targets[rows - 1] = std::numeric_limits<std::int32_t>::min();
  targets[rows - 2] = std::numeric_limits<std::int32_t>::max();
  return targets;
}

template <>
struct Cases<SoftmaxCrossEntropyArgs> {
  static auto all() {
    return softmax_cases<SoftmaxCrossEntropyArgs>(true, [](Memory& memory, std::size_t rows, std::size_t columns,
                                                           std::size_t row_stride, Values values, bool in_place) {
      float* logits = memory.floats(rows * row_stride, values);
      return SoftmaxCrossEntropyArgs{.logits = logits,
                                     .targets = awkward_targets(memory, rows, columns),
                                     .gradient = in_place ? logits : memory.floats(rows * row_stride, Values::plain),
                                     .loss = memory.floats(rows, Values::plain),
                                     .correct = memory.floats(rows, Values::plain),
                                     .rows = rows,
                                     .columns = columns,
                                     .row_stride = row_stride,
                                     .scale = 1 / 9.0f};
    });
  }
};

template <>
struct Cases<SoftmaxCrossEntropyLossArgs> {
  static auto all() {
    return softmax_cases<SoftmaxCrossEntropyLossArgs>(
        false, [](Memory& memory, std::size_t rows, std::size_t columns, std::size_t row_stride, Values values, bool) {
          return SoftmaxCrossEntropyLossArgs{.logits = memory.floats(rows * row_stride, values),
                                             .targets = awkward_targets(memory, rows, columns),
                                             .loss = memory.floats(rows, Values::plain),
                                             .correct = memory.floats(rows, Values::plain),
                                             .rows = rows,
                                             .columns = columns,
                                             .row_stride = row_stride};
        });
  }
};

}  // namespace treadle::kernels::test
