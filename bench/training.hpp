// Training steps of the presets as benches: Treadle's and, where they are built in, those of its peers.
#pragma once

#include <string>

#include "peers/training_peers.hpp"

namespace treadle::bench {

/// Registers one iteration (forward, backward, update) as `name`, and for each peer that offers it as "<peer>/<name>".
/// The peers come right behind Treadle, so that all see the machine in the same state.
void register_training(const std::string& name, const TrainingCase& given);

/// Runs what was registered; the program's exit status.
int run_registered(int argc, char** argv);

}  // namespace treadle::bench
