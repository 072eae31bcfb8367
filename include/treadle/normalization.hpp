// Normalisation: features brought to a common range before a model sees them.
#pragma once

#include <span>
#include <vector>

namespace treadle {

/// (x - shift) * scale in float32, one of each for every place of a sample's last axis: for a feature of samples [n], a
/// channel of signals [time, channels] and images [height, width, channels]. Both are empty where nothing is
/// normalised. What it points to must outlive it; firmware has it in flash.
struct NormalizationView {
  std::span<const float> shift, scale;
};

/// The same by value, as a Model holds it. fit_normalization() makes one of training data.
struct Normalization {
  std::vector<float> shift, scale;

  bool empty() const noexcept { return shift.empty(); }
  operator NormalizationView() const noexcept { return {shift, scale}; }
};

/// Normalises `samples` in place, whole samples one after another. Training and prediction on data do it by themselves;
/// a step (treadle::plan) takes inputs that are normalised already.
void normalize(const NormalizationView& normalization, std::span<float> samples) noexcept;

}  // namespace treadle
