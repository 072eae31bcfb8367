// What a run is given once options that stand for others are spelt out.
#pragma once

#include <treadle/training.hpp>

namespace treadle::training {

/// `accumulate` as a larger batch in micro-batches, `fast_dev_run` as limits. Errors: numbers out of their range.
Result<TrainerOptions> effective(TrainerOptions options);

/// The samples of the first `batches` batches of `batch_size`, for overfit_batches. Errors: a stream.
Result<data::Samples> first_batches(const data::Samples& samples, std::size_t batches, std::size_t batch_size);

}  // namespace treadle::training
