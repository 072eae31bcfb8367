// The libraries that a user would otherwise train with, measured beside Treadle in the same run.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

namespace treadle::bench {

/// One training step to measure.
struct TrainingCase {
  std::string preset;     ///< "mlp" or "cnn"
  std::string optimizer;  ///< "sgd" (learning rate 0.05, momentum 0.9) or "adam"
  std::size_t batch;
  std::size_t threads;
};

struct TrainingPeer {
  std::string name;
  bool (*offers)(const TrainingCase&);
  /// Times the step and sets the counter items_per_second, in samples.
  void (*run)(benchmark::State&, const TrainingCase&);
};

/// The peers that were built in.
const std::vector<TrainingPeer>& training_peers();

/// For the file of a peer, which initialises a constant with it before main() starts.
bool add_training_peer(TrainingPeer peer);

}  // namespace treadle::bench
