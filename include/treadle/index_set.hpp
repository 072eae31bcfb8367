// Some of many indices, a bit for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace treadle::data {

/// Indices in ascending order, none twice. It takes a bit for each index there could be and little more, where a list
/// would take 32 for each that there is.
class IndexSet {
 public:
  IndexSet() = default;
  /// The places of `chosen`, of which there are at most 2^32, that hold `value`.
  explicit IndexSet(const std::vector<bool>& chosen, bool value = true);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The index that has `place`, less than size(), others before it.
  std::uint32_t operator[](std::size_t place) const noexcept;
  /// All of them, 4 bytes each.
  std::vector<std::uint32_t> indices() const;
  /// Of memory.
  std::size_t bytes() const noexcept;

 private:
  std::vector<std::uint64_t> words_;   // bit b of word w: index 64 w + b
  std::vector<std::uint32_t> before_;  // how many indices come before each block of words
  std::size_t size_ = 0;
};

}  // namespace treadle::data
