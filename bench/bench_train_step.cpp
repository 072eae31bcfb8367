// One iteration of the presets: forward, backward, update.
//   train_step/<preset>/<optimizer>/batch:<n>/threads:<n>
// Peers that were built in (TREADLE_BENCH_PEERS) repeat the same names behind "<peer>/".
// usage: bench_train_step [--benchmark_filter=REGEX]; TREADLE_ISA picks the instruction set.
#include "training.hpp"

int main(int argc, char** argv) {
  using namespace treadle::bench;
  for (const std::string preset : {"mlp", "cnn"})
    for (const std::size_t batch : {1, 8, 32, 128, 512, 1024})
      for (const std::size_t threads : {1, 2})
        for (const std::string optimizer : {"sgd", "adam"})
          register_training("train_step/" + preset + "/" + optimizer + "/batch:" + std::to_string(batch) +
                                "/threads:" + std::to_string(threads),
                            {preset, optimizer, batch, threads});
  return run_registered(argc, argv);
}
