// Finds the word that somebody probably meant.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace treadle::tool {

/// How many letters to insert, delete, replace or swap with their neighbour to turn `a` into `b`: the optimal string
/// alignment distance (Damerau 1964, doi:10.1145/363958.363994). Case counts.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `words` that `typed` most likely stands for: nearest by edit distance, or begun by it, or with
/// it as the first letters of its words. Empty when none
/// is near. Leading dashes do not count.
std::string_view nearest_word(std::string_view typed, const std::vector<std::string_view>& words);

}  // namespace treadle::tool
