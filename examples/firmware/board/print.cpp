#include "print.hpp"

#include <array>

#include "../example.hpp"
#include "semihosting.hpp"
#include "startup.hpp"

void print(std::string_view text) noexcept {
  std::array<char, 64> line;
  while (!text.empty()) {
    const std::size_t count = text.copy(line.data(), line.size() - 1);
    line[count] = '\0';
    semihosting::write(line.data());
    text.remove_prefix(count);
  }
}

void print(std::size_t number) noexcept {
  std::array<char, 20> digits;
  std::size_t first = digits.size();
  do {
    digits[--first] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  print({digits.data() + first, digits.size() - first});
}

void print_stack() noexcept {
  print("stack: ");
  print(startup::stack_used());
  print(" of ");
  print(startup::stack_size());
  print(" bytes\n");
}
