// From reset to the program.
#pragma once

#include <cstddef>

namespace startup {

/// The program, which the board supplies; its exit status.
int run() noexcept;

/// Bytes that the linker script gives to the stack, and how many of them have been written since reset.
std::size_t stack_size() noexcept;
std::size_t stack_used() noexcept;

}  // namespace startup
