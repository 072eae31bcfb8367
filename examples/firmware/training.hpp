// What the firmware does, on a board and on a desktop alike: trains a small convolutional network in memory that it is
// given, and prints what it learnt and the bits of the weights.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

/// Where text goes: the board's or the desktop's, see board/ and desktop.cpp.
void print(std::string_view text) noexcept;
void print(std::size_t number) noexcept;

/// Trains in `memory`, which starts at a multiple of 64 bytes; the step takes the largest part of it. False when it did
/// not fit or did not learn.
bool train(std::span<std::byte> memory) noexcept;
