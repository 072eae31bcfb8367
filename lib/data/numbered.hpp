// Many values, of which few differ, in few bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace treadle::data {

/// Which of the different values each one is, as a number of 1, 2 or 4 bytes.
class Numbered {
 public:
  Numbered() = default;
  explicit Numbered(std::span<const std::int32_t> all) {
    std::set<std::int32_t> different;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (i == 0 || all[i] != all[i - 1]) different.insert(all[i]);
    values_.assign(different.begin(), different.end());
    if (values_.size() <= 1u << 8)
      numbers_ = numbered<std::uint8_t>(all);
    else if (values_.size() <= 1u << 16)
      numbers_ = numbered<std::uint16_t>(all);
    else
      numbers_ = numbered<std::uint32_t>(all);
  }

  /// The different ones, ascending.
  std::span<const std::int32_t> values() const noexcept { return values_; }
  std::size_t size() const noexcept {
    return std::visit([](const auto& numbers) { return numbers.size(); }, numbers_);
  }
  /// The place of value `i` among the different ones.
  std::uint32_t operator[](std::size_t i) const noexcept {
    if (const auto* narrow = std::get_if<std::vector<std::uint8_t>>(&numbers_)) return (*narrow)[i];
    if (const auto* wide = std::get_if<std::vector<std::uint16_t>>(&numbers_)) return (*wide)[i];
    return (*std::get_if<std::vector<std::uint32_t>>(&numbers_))[i];
  }
  std::size_t bytes() const noexcept {
    const auto of = [](const auto& numbers) { return numbers.size() * sizeof numbers[0]; };
    return std::visit(of, numbers_) + values_.size() * sizeof values_[0];
  }

 private:
  template <class Number>
  std::vector<Number> numbered(std::span<const std::int32_t> all) const {
    std::vector<Number> numbers(all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      numbers[i] =
          i > 0 && all[i] == all[i - 1]
              ? numbers[i - 1]
              : static_cast<Number>(std::lower_bound(values_.begin(), values_.end(), all[i]) - values_.begin());
    return numbers;
  }

  std::vector<std::int32_t> values_;
  std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>> numbers_;
};

}  // namespace treadle::data
