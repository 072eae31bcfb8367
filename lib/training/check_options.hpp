// Whether a run's options make sense.
#pragma once

#include <treadle/result.hpp>
#include <treadle/training.hpp>

namespace treadle::training {

/// Everything that planning the step does not check. `validated`: there are validation data.
Result<void> check_options(const TrainerOptions& options, bool validated);

}  // namespace treadle::training
