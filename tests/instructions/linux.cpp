// linux ITERATIONS: runs so many, for an emulator that counts the instructions of the whole program.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "example.hpp"
#include "step.hpp"

void print(std::string_view text) noexcept { std::cerr << text; }

int main(int count, char** arguments) {
  if (count != 2 || !instructions::run(std::strtoul(arguments[1], nullptr, 10))) return 1;
  std::cout << "multiply-adds: " << instructions::multiply_adds << '\n';
}
