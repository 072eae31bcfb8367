// One iteration of the presets with one thread, over batch sizes: 1, 2, 4, ... 1024.
//   batch_size/<preset>/<optimizer>/batch:<n>
// Peers that were built in (TREADLE_BENCH_PEERS) repeat the same names behind "<peer>/".
// usage: bench_batch_size [--benchmark_filter=REGEX]; TREADLE_ISA picks the instruction set.
#include "training.hpp"

int main(int argc, char** argv) {
  using namespace treadle::bench;
  for (const std::string preset : {"mlp", "cnn"})
    for (const std::string optimizer : {"sgd", "adam"})
      for (std::size_t batch = 1; batch <= 1024; batch *= 2)
        register_training("batch_size/" + preset + "/" + optimizer + "/batch:" + std::to_string(batch),
                          {preset, optimizer, batch, 1});
  return run_registered(argc, argv);
}
