// Changes of training samples, new in each epoch.
#pragma once

#include <cstddef>

namespace treadle::data {

/// All are off unless set. Sizes are in pixels of images [height, width, channels] or moments of signals [time] or
/// [time, channels], values those that the model sees, after their normalisation. What becomes of a sample depends on
/// the seed, the epoch and its place in the epoch's order alone.
struct Augmentation {
  // Images. Shift, flips, rotation and crop are one bilinear resampling; without rotation and crop pixels are copied.
  std::size_t shift = 0;         ///< at most so many pixels either way, vertically and horizontally
  bool flip_left_right = false;  ///< every other sample, on average
  bool flip_up_down = false;     ///< likewise
  float rotate = 0;              ///< at most so many degrees either way, 0 ... 180
  float crop = 0;                ///< at most this part of height and width is cut off, 0 ... 0.9; the rest is enlarged
  std::size_t cutout = 0;        ///< side of a square that is filled (DeVries, Taylor 2017, arXiv:1708.04552)
  // Signals.
  std::size_t time_shift = 0;  ///< at most so many moments either way
  // Any shape.
  float gain = 0;  ///< all values times a number in 1 - gain ... 1 + gain, 0 ... 1
  float noise =
      0;           ///< standard deviation of what is added to each value; a sum of eight uniform numbers, nearly normal
  float fill = 0;  ///< what lies outside, and in a cutout
  /// Pairs of a batch are mixed, inputs and targets alike, with lambda ~ Beta(mixup, mixup), 0 ... 1; 0.2 is usual
  /// (Zhang et al. 2018, arXiv:1710.09412). After all others.
  float mixup = 0;

  bool active() const noexcept {
    return resamples() || cutout > 0 || time_shift > 0 || gain > 0 || noise > 0 || mixup > 0;
  }
  /// Whether pixels change their places.
  bool resamples() const noexcept { return shift > 0 || flip_left_right || flip_up_down || rotate > 0 || crop > 0; }
};

}  // namespace treadle::data
