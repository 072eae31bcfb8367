// The threads that share the tiles of a call: the caller, and helpers that wait for its next call without sleeping.
#pragma once

#include <treadle/executor.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace treadle::base {

/// Hands the tiles of a call to the caller and to the helpers that are present. A call waits for no helper that is not
/// there: what nobody else took, the caller computes. Calls follow each other within microseconds and a sleeping thread
/// takes up to 100 us to wake, so a helper stays for a while after its last tile; then it leaves, and the next call
/// brings it back.
///
/// Each member has a lane of its own, a range of the tiles, that it empties before it takes from those of the others: a
/// thread so meets in its cache what it wrote in the call before. Whoever takes a tile adds one to the lane's next tile
/// in a single atomic step together with reading where the lane ends. A helper that comes late finds the lanes empty or
/// filled anew, never a tile of one call with the body of another.
///
/// Tiles in turn are handed out alike, and whoever took one waits until the one before it is done. That comes to an
/// end: the caller takes the tiles in their order, so the first that is not done is never without a thread while the
/// caller waits for it.
class Team {
 public:
  /// A team of `size` threads with the caller, at least 2, that hands out up to `most_at_once` tiles before it waits
  /// for them, at most 2^31.
  explicit Team(std::size_t size, std::size_t most_at_once = std::size_t{1} << 31);

  std::size_t size() const noexcept { return size_; }

  enum class Order : bool { any, in_turn };

  /// The caller's part: Executor::run. For more than one tile it calls bring() once for each helper that is absent,
  /// which makes another thread call help(), soon, and returns whether it could.
  template <class Bring>
  void run(std::size_t tiles, Order order, Executor::Body body, void* context, Bring&& bring) noexcept {
    if (tiles == 1) return body(context, 0);
    for (std::size_t first = 0, count; tiles > 0; first += count, tiles -= count) {
      count = std::min(tiles, most_at_once_);
      fill(first, count, order, body, context);
      for (std::size_t present = present_.load(); present < size_ - 1; ++present) {
        present_.fetch_add(1);
        if (!bring()) present_.fetch_sub(1);
      }
      finish(count);
    }
  }

  /// A helper's part: takes tiles of every call, and returns when there has been none for a while or after dismiss().
  /// `member`: 1 ... size - 1, another for each helper.
  void help(std::size_t member) noexcept;

  /// Executor::now().
  static std::uint64_t now() noexcept;

  /// Helpers leave now.
  void dismiss() noexcept { dismissed_.store(true, std::memory_order_relaxed); }

 private:
  /// Places are apart by a cache line, or by two where they are fetched in pairs.
  static constexpr std::size_t apart = 128;

  /// The tiles that nobody took yet: where they end in the upper half, the next one in the lower half. The next one may
  /// run past the end, by as many as there are threads.
  struct alignas(apart) Lane {
    std::atomic<std::uint64_t> tiles{0};
  };

  void fill(std::size_t first, std::size_t tiles, Order order, Executor::Body body, void* context) noexcept;
  void finish(std::size_t tiles) noexcept;
  std::size_t take(std::size_t member) noexcept;
  void wait_for_owner(std::size_t lane) const noexcept;
  void compute(std::size_t tile) noexcept;
  void rest(int looked) const noexcept;
  bool leave(std::uint32_t seen) noexcept;

  std::size_t size_;
  std::size_t most_at_once_;
  bool crowded_;  // more threads than CPUs
  std::unique_ptr<Lane[]> lanes_;
  // Written by the caller when all lanes are empty, read by whoever holds a tile.
  Executor::Body body_ = nullptr;
  void* context_ = nullptr;
  std::size_t first_ = 0;
  std::atomic<Order> order_{Order::any};                // read without a tile too, where it matters only for speed
  alignas(apart) std::atomic<std::uint32_t> calls_{0};  // one more when the lanes are full; helpers wait for that
  alignas(apart) std::atomic<std::size_t> turn_{0};     // the tile that may run, of tiles in turn
  alignas(apart) std::atomic<std::size_t> done_{0};
  alignas(apart) std::atomic<std::size_t> present_{0};
  std::atomic<bool> dismissed_{false};
};

}  // namespace treadle::base
