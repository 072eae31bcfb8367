#include <treadle/index_set.hpp>

#include <algorithm>
#include <bit>

namespace treadle::data {
namespace {

constexpr std::size_t word_bits = 64, block_words = 8;

}  // namespace

IndexSet::IndexSet(const std::vector<bool>& chosen, bool value)
    : words_((chosen.size() + word_bits - 1) / word_bits), before_((words_.size() + block_words - 1) / block_words) {
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i] == value) words_[i / word_bits] |= std::uint64_t{1} << i % word_bits;
  for (std::size_t word = 0; word < words_.size(); ++word) {
    if (word % block_words == 0) before_[word / block_words] = static_cast<std::uint32_t>(size_);
    size_ += static_cast<std::size_t>(std::popcount(words_[word]));
  }
}

std::uint32_t IndexSet::operator[](std::size_t place) const noexcept {
  const auto block = std::upper_bound(before_.begin(), before_.end(), place) - before_.begin() - 1;
  std::size_t left = place - before_[static_cast<std::size_t>(block)];
  std::size_t word = static_cast<std::size_t>(block) * block_words;
  for (std::size_t here = 0; (here = static_cast<std::size_t>(std::popcount(words_[word]))) <= left; ++word)
    left -= here;
  std::uint64_t bits = words_[word];
  for (; left > 0; --left) bits &= bits - 1;
  return static_cast<std::uint32_t>(word * word_bits + static_cast<std::size_t>(std::countr_zero(bits)));
}

std::vector<std::uint32_t> IndexSet::indices() const {
  std::vector<std::uint32_t> all;
  all.reserve(size_);
  for (std::size_t word = 0; word < words_.size(); ++word)
    for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1)
      all.push_back(static_cast<std::uint32_t>(word * word_bits + static_cast<std::size_t>(std::countr_zero(bits))));
  return all;
}

std::size_t IndexSet::bytes() const noexcept {
  return words_.size() * sizeof(std::uint64_t) + before_.size() * sizeof(std::uint32_t);
}

}  // namespace treadle::data
