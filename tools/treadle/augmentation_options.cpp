#include "augmentation_options.hpp"

#include <cstddef>

namespace treadle::tool {

void add_augmentation(CommandLine& line, data::Augmentation& options) {
  constexpr std::size_t most = 1 << 20;
  const auto add = [&line](const char* name, const char* help, float& target, Range range = Range::zero_or_more) {
    line.option(name, "X", help, rules::real(range), into(target), "0");
  };
  line.whole("shift", "Images: shift by at most so many pixels", options.shift, 0, most)
      .flag("flip-left-right", "Images: mirror every other one", options.flip_left_right)
      .flag("flip-up-down", "Images: likewise upside down", options.flip_up_down);
  add("rotate", "Images: turn by at most so many degrees, 0 to 180", options.rotate, {.least = 0, .most = 180});
  add("crop", "Images: cut off at most this part and enlarge the rest, 0 to 0.9", options.crop,
      {.least = 0, .most = 0.9f});
  line.whole("cutout", "Images: fill a square with this side", options.cutout, 0, most)
      .whole("time-shift", "Signals: shift by at most so many moments", options.time_shift, 0, most);
  add("gain", "Multiply by a number in 1 - X to 1 + X, 0 to 1", options.gain, Range::zero_to_one);
  add("noise", "Add noise of this standard deviation", options.noise);
  add("mixup", "Mix pairs of samples and their targets by Beta(X, X), 0 to 1, such as 0.2", options.mixup,
      Range::zero_to_one);
  add("fill", "What comes in from outside and into a cutout", options.fill, Range::any);
}

}  // namespace treadle::tool
