// Jobs of treadle train, for the commands that try something out for one.
#pragma once

#include <string>
#include <vector>

#include "job_file.hpp"

namespace treadle::tool {

/// The names of the options that treadle train has.
std::vector<std::string> training_options();

/// What a sweep makes of such a job: the learning rate is the one for the job's own samples of an iteration,
/// "reference-batch".
void translate_for_sweep(JobEntries& job);

}  // namespace treadle::tool
