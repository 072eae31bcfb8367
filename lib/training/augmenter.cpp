#include "training/augmenter.hpp"

#include <algorithm>
#include <cmath>

namespace treadle::training {
namespace {

/// What the random numbers of a sample are for; noise has those from 16 on.
enum Number : std::uint64_t { shift_y, shift_x, flip_x, flip_y, angle, zoom, crop_y, crop_x, cut_y, cut_x, time, gain };
constexpr std::uint64_t first_noise = 16;

struct SineCosine {
  double sine = 0, cosine = 1;
};

/// Taylor's series for |x| <= pi, the error below 1e-14, with operations that are the same on every machine.
SineCosine sine_cosine(double x) noexcept {
  SineCosine result{.sine = x, .cosine = 1};
  double power = x;
  for (int n = 2; n <= 29; ++n) {
    power = power * x / n;
    const double term = n % 4 < 2 ? power : -power;
    (n % 2 == 0 ? result.cosine : result.sine) += term;
  }
  return result;
}

}  // namespace

/// The random numbers of one sample.
class Augmenter::Numbers {
 public:
  Numbers(std::uint64_t seed, std::size_t epoch, std::uint64_t place, std::size_t elements) noexcept
      : stream_(seed, base::Purpose::augmentation, static_cast<std::uint32_t>(epoch)),
        first_(place * (first_noise + 4 * std::uint64_t{elements})) {}

  /// -1 ... 1
  double either_way(Number number) const noexcept {
    return 2 * static_cast<double>(stream_.uniform(first_ + number)) - 1;
  }
  double uniform(Number number) const noexcept { return static_cast<double>(stream_.uniform(first_ + number)); }
  bool coin(Number number) const noexcept { return (stream_.bits(first_ + number) & 1) != 0; }
  /// A whole number in -most ... most.
  std::ptrdiff_t whole(Number number, std::size_t most) const noexcept {
    return static_cast<std::ptrdiff_t>(below(number, 2 * most + 1)) - static_cast<std::ptrdiff_t>(most);
  }
  std::size_t below(Number number, std::size_t bound) const noexcept {
    return stream_.below(static_cast<std::uint32_t>(bound), first_ + number);
  }
  /// Mean 0, standard deviation 1: eight uniform numbers of 16 bits, the sum less its mean over its deviation.
  float normal(std::size_t element) const noexcept {
    std::uint32_t sum = 0;
    for (const std::uint32_t bits : stream_.block((first_ + first_noise) / 4 + element))
      sum += (bits & 0xFFFF) + (bits >> 16);
    return (static_cast<float>(sum) - 262140.0f) * (1.2247449f / 65536.0f);
  }

 private:
  base::RandomStream stream_;
  std::uint64_t first_;
};

Result<void> check_augmentation(const data::Augmentation& options, const Shape& sample) {
  const auto refuse = [](const Message& what) {
    return Error{ErrorCode::invalid_argument, Message{"augmentation: "} << what};
  };
  constexpr std::size_t most = 1 << 20;
  if (!(options.rotate >= 0 && options.rotate <= 180)) return refuse("rotate: expected degrees in 0 ... 180");
  if (!(options.crop >= 0 && options.crop <= 0.9f)) return refuse("crop: expected a part in 0 ... 0.9");
  if (!(options.gain >= 0 && options.gain <= 1)) return refuse("gain: expected a part in 0 ... 1");
  if (!(options.noise >= 0 && std::isfinite(options.noise))) return refuse("noise: expected a number of at least 0");
  if (!(options.mixup >= 0 && options.mixup <= 1)) return refuse("mixup: expected a number in 0 ... 1");
  if (!std::isfinite(options.fill)) return refuse("fill: expected a finite number");
  if (options.shift > most || options.cutout > most || options.time_shift > most)
    return refuse("shift, cutout and time_shift: expected at most 1048576");
  if ((options.resamples() || options.cutout > 0) && sample.rank() != 3)
    return refuse(Message{"shift, flips, rotate, crop and cutout go with images [height, width, channels], not with "}
                  << sample);
  if (options.time_shift > 0 && sample.rank() > 2)
    return refuse(Message{"time_shift goes with signals [time] or [time, channels], not with "} << sample);
  return {};
}

Augmenter::Augmenter(const data::Augmentation& options, const Shape& sample, std::uint64_t seed)
    : options_(options), seed_(seed), active_(options.active()), elements_(sample.elements().value_or(0)) {
  height_ = sample.rank() > 0 ? sample[0] : 1;
  if (sample.rank() == 3) width_ = sample[1];
  if (sample.rank() > 1) channels_ = sample[sample.rank() - 1];
  if (options.resamples()) scratch_ = elements_;
}

void Augmenter::apply(std::span<float> sample, std::span<float> scratch, std::size_t epoch,
                      std::uint64_t place) const noexcept {
  if (!active_) return;
  const Numbers numbers(seed_, epoch, place, elements_);
  if (options_.resamples()) resample(sample, scratch, numbers);
  if (options_.cutout > 0) cut_out(sample, numbers);
  if (options_.time_shift > 0) shift_time(sample, numbers);
  if (options_.gain > 0) {
    const auto factor = static_cast<float>(1 + static_cast<double>(options_.gain) * numbers.either_way(gain));
    for (float& value : sample) value *= factor;
  }
  if (options_.noise > 0) add_noise(sample, numbers);
}

/// Each pixel is taken from where the inverse of the change puts it, between its four neighbours there.
void Augmenter::resample(std::span<float> sample, std::span<float> scratch, const Numbers& numbers) const noexcept {
  std::copy(sample.begin(), sample.end(), scratch.begin());
  const double pi = 3.14159265358979323846, degrees = static_cast<double>(options_.rotate) * numbers.either_way(angle);
  const SineCosine turn = sine_cosine(degrees * (pi / 180));
  const double kept = 1 - static_cast<double>(options_.crop) * numbers.uniform(zoom);
  const double middle_y = static_cast<double>(height_ - 1) / 2, middle_x = static_cast<double>(width_ - 1) / 2;
  const double from_y = middle_y - static_cast<double>(numbers.whole(shift_y, options_.shift)) +
                        (1 - kept) * middle_y * numbers.either_way(crop_y);
  const double from_x = middle_x - static_cast<double>(numbers.whole(shift_x, options_.shift)) +
                        (1 - kept) * middle_x * numbers.either_way(crop_x);
  const double sign_y = options_.flip_up_down && numbers.coin(flip_y) ? -kept : kept;
  const double sign_x = options_.flip_left_right && numbers.coin(flip_x) ? -kept : kept;
  const auto pixel = [&](std::ptrdiff_t y, std::ptrdiff_t x, std::size_t channel) {
    const bool inside =
        y >= 0 && x >= 0 && y < static_cast<std::ptrdiff_t>(height_) && x < static_cast<std::ptrdiff_t>(width_);
    return inside ? scratch[(static_cast<std::size_t>(y) * width_ + static_cast<std::size_t>(x)) * channels_ + channel]
                  : options_.fill;
  };
  for (std::size_t row = 0; row < height_; ++row)
    for (std::size_t column = 0; column < width_; ++column) {
      const double v = sign_y * (static_cast<double>(row) - middle_y),
                   u = sign_x * (static_cast<double>(column) - middle_x);
      const double y = from_y + (turn.cosine * v + turn.sine * u), x = from_x + (turn.cosine * u - turn.sine * v);
      const double top = std::floor(y), left = std::floor(x);
      const auto down = static_cast<float>(y - top), right = static_cast<float>(x - left);
      const auto y0 = static_cast<std::ptrdiff_t>(top), x0 = static_cast<std::ptrdiff_t>(left);
      for (std::size_t channel = 0; channel < channels_; ++channel) {
        const float above = pixel(y0, x0, channel) * (1 - right) + pixel(y0, x0 + 1, channel) * right;
        const float below = pixel(y0 + 1, x0, channel) * (1 - right) + pixel(y0 + 1, x0 + 1, channel) * right;
        sample[(row * width_ + column) * channels_ + channel] = above * (1 - down) + below * down;
      }
    }
}

/// A square whose middle is any pixel; what lies outside of the image is not there.
void Augmenter::cut_out(std::span<float> sample, const Numbers& numbers) const noexcept {
  const std::size_t y = numbers.below(cut_y, height_), x = numbers.below(cut_x, width_), half = options_.cutout / 2;
  const std::size_t top = y - std::min(y, half), left = x - std::min(x, half);
  const std::size_t bottom = std::min(height_, y - half + options_.cutout);  // wraps back when half is above y
  const std::size_t right = std::min(width_, x - half + options_.cutout);
  for (std::size_t row = top; row < bottom; ++row)
    for (std::size_t i = (row * width_ + left) * channels_; i < (row * width_ + right) * channels_; ++i)
      sample[i] = options_.fill;
}

void Augmenter::shift_time(std::span<float> sample, const Numbers& numbers) const noexcept {
  const std::ptrdiff_t moments = numbers.whole(time, options_.time_shift);
  const std::size_t values =
      std::min(sample.size(), static_cast<std::size_t>(moments < 0 ? -moments : moments) * channels_);
  const auto gap = static_cast<std::ptrdiff_t>(values);
  if (moments > 0) {
    std::copy_backward(sample.begin(), sample.end() - gap, sample.end());
    std::fill(sample.begin(), sample.begin() + gap, options_.fill);
  } else {
    std::copy(sample.begin() + gap, sample.end(), sample.begin());
    std::fill(sample.end() - gap, sample.end(), options_.fill);
  }
}

void Augmenter::add_noise(std::span<float> sample, const Numbers& numbers) const noexcept {
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] += options_.noise * numbers.normal(i);
}

}  // namespace treadle::training
