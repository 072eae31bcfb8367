#include "suggest.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace treadle::tool {
namespace {

std::string_view without_dashes(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  return word;
}

/// The first letters of a name's words: "lr" of "learning-rate".
std::string initials(std::string_view name) {
  std::string letters;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (i == 0 || name[i - 1] == '-') letters += name[i];
  return letters;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table for a's last, last but one and last but two letters.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view nearest_word(std::string_view typed, const std::vector<std::string_view>& words) {
  constexpr std::size_t longest = 64;  // nobody meant a word of the tool by more
  const std::string_view bare = without_dashes(typed);
  if (bare.empty() || bare.size() > longest) return {};
  std::string_view nearest;
  std::size_t least = (bare.size() + 2) / 3 + 1;
  for (const std::string_view word : words) {
    const std::string_view candidate = without_dashes(word);
    const bool meant = bare.size() >= 2 && (candidate.starts_with(bare) || initials(candidate) == bare);
    const std::size_t distance = meant ? 1 : edit_distance(bare, candidate);
    if (distance < least && distance < candidate.size()) {
      nearest = word;
      least = distance;
    }
  }
  return nearest;
}

}  // namespace treadle::tool
