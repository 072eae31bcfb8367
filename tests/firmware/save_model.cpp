// save_model FILE: trains the firmware's network on this machine and saves it, for treadle export.
#include <treadle/treadle.hpp>

#include <cstdio>

#include "../../examples/firmware/example.hpp"
#include "../../examples/firmware/stripes.h"

using namespace treadle;

void print(std::string_view) noexcept {}
void print(std::size_t) noexcept {}

namespace {
alignas(64) std::byte memory[1024 * 1024];
}

int main(int argc, char** argv) {
  if (argc != 2 || !train(memory)) return 1;
  Model model{stripes::model.input, {stripes::layers.begin(), stripes::layers.end()}};
  Result<void> done = model.set_parameters(trained_parameters());
  if (done) done = save(model, argv[1]);
  if (done) return 0;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(done.error().text().size()), done.error().text().data());
  return 1;
}
