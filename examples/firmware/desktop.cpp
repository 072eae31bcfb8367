// The firmware's training as a program of this machine, to compare with: every instruction set and TREADLE_ISA.
#include <cstdio>

#include "training.hpp"

void print(std::string_view text) noexcept { std::fwrite(text.data(), 1, text.size(), stdout); }
void print(std::size_t number) noexcept { std::printf("%zu", number); }

namespace {
alignas(64) std::byte memory[1024 * 1024];
}

int main() { return train(memory) ? 0 : 1; }
