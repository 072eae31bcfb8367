// Sums of a pass over samples.
#pragma once

#include <cstddef>

namespace treadle::training {

/// In double and in the order of the batches.
struct Totals {
  double loss = 0;
  std::size_t correct = 0;
  std::size_t samples = 0;
  std::size_t skipped = 0;  ///< of the samples: they count for nothing else

  void add(float mean_loss, std::size_t batch_correct, std::size_t batch_samples) noexcept {
    loss += static_cast<double>(mean_loss) * static_cast<double>(batch_samples);
    correct += batch_correct;
    samples += batch_samples;
  }
  void skip(std::size_t batch_samples) noexcept {
    samples += batch_samples;
    skipped += batch_samples;
  }
  double mean_loss() const noexcept { return loss / static_cast<double>(samples - skipped); }
  double accuracy() const noexcept { return static_cast<double>(correct) / static_cast<double>(samples - skipped); }
};

}  // namespace treadle::training
