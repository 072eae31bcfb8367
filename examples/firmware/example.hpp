// What the firmware does, on a board and on a desktop alike: trains a small convolutional network in memory that it is
// given and prints the bits of what it learnt, or recognises images with a network that was trained before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// Where text goes: the board's or the desktop's, see board/ and desktop.cpp.
void print(std::string_view text) noexcept;
void print(std::size_t number) noexcept;
/// The lowest `digits` hexadecimal digits.
void print_bits(std::uint64_t bits, int digits) noexcept;
/// FNV-1a over the bits of all values.
std::uint64_t hash(std::span<const float> values) noexcept;

/// Stands for the camera of 28x28 pixels: writes image `index` and gives its class, 0 ... 3.
std::int32_t take_picture(std::size_t index, float* pixels) noexcept;

/// Trains in `memory`, which starts at a multiple of 64 bytes; the step takes the largest part of it. False when it did
/// not fit or did not learn.
bool train(std::span<std::byte> memory) noexcept;
/// What train() learnt, in the order of treadle::Model::parameters().
std::span<const float> trained_parameters() noexcept;

/// Recognises images with the parameters in stripes.h, which train() learnt elsewhere. False when it did not fit or
/// took too many for others.
bool recognise(std::span<std::byte> memory) noexcept;
