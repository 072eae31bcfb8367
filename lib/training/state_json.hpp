// A run's state and its optimizer's progress as JSON, from which the same bits come back.
#pragma once

#include <treadle/optimizers.hpp>
#include <treadle/result.hpp>

#include <string>
#include <string_view>

#include "training/run_state.hpp"

namespace treadle::training {

/// An object with the fields of state_fields.hpp. Infinities and NaN, which JSON does not have, are strings. Its length
/// is bounded: it is that of longest_state() at most.
std::string state_json(const RunState& state);
RunState longest_state();
OptimizerProgress longest_progress();
std::string progress_json(const OptimizerProgress& progress);

/// What the functions above wrote. Errors, `bad_format`: text that is no JSON, a field that is missing, unknown or of
/// another type.
Result<RunState> parse_state(std::string_view json);
Result<OptimizerProgress> parse_progress(std::string_view json);

}  // namespace treadle::training
