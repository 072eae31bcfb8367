// The firmware as a program of this machine, to compare with: every instruction set and TREADLE_ISA. With an argument
// it recognises, else it trains.
#include <cstdio>

#include "example.hpp"

void print(std::string_view text) noexcept { std::fwrite(text.data(), 1, text.size(), stdout); }
void print(std::size_t number) noexcept { std::printf("%zu", number); }

namespace {
alignas(64) std::byte memory[1024 * 1024];
}

int main(int argc, char**) { return (argc > 1 ? recognise(memory) : train(memory)) ? 0 : 1; }
