#include <treadle/training.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "base/out_of_memory.hpp"
#include "kernels/table.hpp"
#include "training/sample_converter.hpp"

namespace treadle {
namespace {

/// What a pass has seen of one place of the last axis. Samples are taken in one at a time: the values that a sample has
/// for the place give a mean and a sum of squares about it, which are joined with those of all samples before.
struct Moments {
  double mean = 0;
  double squares = 0;  // of the distances from the mean
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  /// `joined` and `before` count values; the new ones are the difference.
  void join(double new_mean, double new_squares, double before, double joined) noexcept {
    const double distance = new_mean - mean, share = (joined - before) / joined;
    mean += distance * share;
    squares += new_squares + distance * distance * before * share;
  }
};

Error refuse(ErrorCode code, const Message& what) { return {code, Message{"fit_normalization: "} << what}; }

class Pass {
 public:
  explicit Pass(const Shape& sample)
      : moments_(sample[sample.rank() - 1]), sums_(moments_.size()), squares_(moments_.size()) {}

  Result<void> add(std::span<const float> sample) {
    const std::size_t places = moments_.size();
    const auto each = [&](auto&& take) {
      for (std::size_t first = 0; first < sample.size(); first += places)
        for (std::size_t i = 0; i < places; ++i) take(i, static_cast<double>(sample[first + i]));
    };
    for (std::size_t i = 0; i < sample.size(); ++i)
      if (!std::isfinite(sample[i]))
        return refuse(ErrorCode::bad_format, Message{"sample "} << samples_ << ", value " << i << ": not finite");
    std::fill(sums_.begin(), sums_.end(), 0.0);
    std::fill(squares_.begin(), squares_.end(), 0.0);
    each([&](std::size_t i, double value) {
      sums_[i] += value;
      moments_[i].least = std::min(moments_[i].least, value);
      moments_[i].most = std::max(moments_[i].most, value);
    });
    const auto values = static_cast<double>(sample.size() / places);
    for (double& sum : sums_) sum /= values;
    each([&](std::size_t i, double value) { squares_[i] += (value - sums_[i]) * (value - sums_[i]); });
    const double before = values * static_cast<double>(samples_++);
    for (std::size_t i = 0; i < places; ++i) moments_[i].join(sums_[i], squares_[i], before, before + values);
    values_ = before + values;
    return {};
  }

  Normalization result(NormalizationMethod method) const {
    Normalization normalization;
    for (const Moments& moments : moments_) {
      const bool standard = method == NormalizationMethod::standard;
      const double range = standard ? std::sqrt(moments.squares / values_) : moments.most - moments.least;
      const auto scale = static_cast<float>(1 / range);
      const bool constant = moments.least == moments.most || !std::isfinite(scale);
      normalization.shift.push_back(static_cast<float>(standard ? moments.mean : moments.least));
      normalization.scale.push_back(constant ? 1.0f : scale);
    }
    return normalization;
  }

 private:
  std::vector<Moments> moments_;
  std::vector<double> sums_, squares_;  // of one sample
  std::size_t samples_ = 0;
  double values_ = 0;  // of each place
};

/// The samples one after another, wherever they are.
Result<std::shared_ptr<data::Stream>> in_order(const data::Samples& samples) {
  if (const auto* stream = std::get_if<std::shared_ptr<data::Stream>>(&samples)) return *stream;
  if (const auto* source = std::get_if<std::shared_ptr<const data::Source>>(&samples))
    return data::read_in_order(*source);
  const Result<std::shared_ptr<const data::Source>> source = data::as_source(std::get<data::Dataset>(samples));
  if (!source) return source.error();
  return data::read_in_order(*source);
}

Result<Normalization> fit(const data::Samples& train, NormalizationMethod method,
                          const std::function<void(std::size_t)>& progress) {
  const data::SampleInfo info = data::info(train);
  if (info.size == 0) return refuse(ErrorCode::invalid_argument, "no samples");
  const Result<std::size_t> bytes = info.sample_bytes();
  if (!bytes) return bytes.error();
  if (info.shape.rank() == 0) return refuse(ErrorCode::shape_mismatch, "expected samples of at least one axis");
  const Result<Isa> isa = default_isa();
  if (!isa) return isa.error();
  const Result<std::shared_ptr<data::Stream>> stream = in_order(train);
  if (!stream) return stream.error();
  const training::SampleConverter converter(info, *kernels::table(*isa), {});
  std::vector<std::byte> stored(*bytes);
  std::vector<float> sample(converter.elements());
  Pass pass(info.shape);
  if (const Result<void> rewound = (*stream)->rewind(); !rewound) return rewound.error();
  for (std::size_t i = 0; i < info.size; ++i) {
    std::int32_t label = 0;
    const Result<bool> came = (*stream)->next(stored, label);
    if (!came) return came.error();
    if (!*came) return refuse(ErrorCode::bad_format, Message{"the samples ended after "} << i << " of " << info.size);
    converter.convert(stored.data(), 1, sample.data());
    if (const Result<void> added = pass.add(sample); !added) return added.error();
    if (progress) progress(i + 1);
  }
  return pass.result(method);
}

}  // namespace

Result<Normalization> fit_normalization(const data::Samples& train, NormalizationMethod method,
                                        const std::function<void(std::size_t)>& progress) {
  return base::or_out_of_memory("fit_normalization", [&] { return fit(train, method, progress); });
}

}  // namespace treadle
