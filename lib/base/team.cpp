#include "base/team.hpp"

#include <chrono>
#include <thread>

#include "base/executors.hpp"

namespace treadle::base {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a helper stays without work: a few times what it takes to wake one.
constexpr auto patience = std::chrono::microseconds(300);
/// Looks between two readings of the clock.
constexpr int looks = 32;
/// After so many looks in vain another thread may have the CPU: the one that is waited for may be without. After as
/// many more, one of lower priority too, which a yielding real-time thread keeps waiting.
constexpr int looks_alone = 2048;
constexpr auto nap = std::chrono::microseconds(50);
/// Looks in vain after which the owner of the tile in turn is taken for absent: about 4 us.
constexpr int looks_for_owner = 200;

/// Tells the CPU that this thread waits for another one.
void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

constexpr std::uint64_t pack(std::uint64_t end, std::uint64_t next) noexcept { return end << 32 | next; }
constexpr std::uint64_t end_of(std::uint64_t tiles) noexcept { return tiles >> 32; }
constexpr std::uint64_t next_of(std::uint64_t tiles) noexcept { return tiles & 0xffffffff; }

}  // namespace

Team::Team(std::size_t size, std::size_t most_at_once)
    : size_(size),
      most_at_once_(most_at_once),
      crowded_(size > usable_cpus()),
      lanes_(std::make_unique<Lane[]>(size)) {}

std::uint64_t Team::now() noexcept {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
  return static_cast<std::uint64_t>(since);
}

void Team::fill(std::size_t first, std::size_t tiles, Order order, Executor::Body body, void* context) noexcept {
  body_ = body;
  context_ = context;
  first_ = first;
  order_.store(order, std::memory_order_relaxed);
  turn_.store(0, std::memory_order_relaxed);
  done_.store(0, std::memory_order_relaxed);
  const std::size_t lanes = std::min(size_, tiles), each = tiles / lanes, longer = tiles % lanes;
  for (std::size_t i = 0, next = 0; i < lanes; ++i) {
    const std::size_t end = next + each + (i < longer ? 1 : 0);
    lanes_[i].tiles.store(pack(end, next), std::memory_order_release);
    next = end;
  }
  // Not before all lanes are full: a helper would find its own still empty and take another's tiles.
  calls_.fetch_add(1);
}

std::size_t Team::take(std::size_t member) noexcept {
  std::size_t taken = 0;
  for (std::size_t i = 0, lane = member; i < size_; ++i, lane = lane + 1 < size_ ? lane + 1 : 0) {
    std::atomic<std::uint64_t>& tiles = lanes_[lane].tiles;
    if (i != 0 && order_.load(std::memory_order_relaxed) == Order::in_turn) {
      if (member != 0) break;  // the caller takes what is left, of which only one tile at a time could run
      wait_for_owner(lane);
    }
    for (;;) {
      std::uint64_t seen = tiles.load(std::memory_order_relaxed);
      if (next_of(seen) >= end_of(seen)) break;
      seen = tiles.fetch_add(1, std::memory_order_acquire);
      if (next_of(seen) >= end_of(seen)) break;
      compute(static_cast<std::size_t>(next_of(seen)));
      ++taken;
    }
  }
  return taken;
}

/// Waits while the owner of a lane is taking its tiles in turn. One that does not take the tile whose turn it is is not
/// there.
void Team::wait_for_owner(std::size_t lane) const noexcept {
  for (int looked = 0, vain = 0; vain < looks_for_owner; rest(++looked)) {
    const std::uint64_t seen = lanes_[lane].tiles.load(std::memory_order_relaxed);
    if (next_of(seen) >= end_of(seen)) return;
    if (turn_.load(std::memory_order_relaxed) == next_of(seen)) ++vain;
  }
}

void Team::compute(std::size_t tile) noexcept {
  if (order_.load(std::memory_order_relaxed) == Order::any) return body_(context_, first_ + tile);
  for (int looked = 0; turn_.load(std::memory_order_acquire) != tile;) rest(++looked);
  body_(context_, first_ + tile);
  turn_.store(tile + 1, std::memory_order_release);
}

void Team::rest(int looked) const noexcept {
  if (looked < looks_alone && !crowded_)
    pause();
  else if (looked < 2 * looks_alone)
    std::this_thread::yield();
  else
    std::this_thread::sleep_for(nap);
}

void Team::finish(std::size_t tiles) noexcept {
  const std::size_t others = tiles - take(0);
  for (int looked = 0; done_.load(std::memory_order_acquire) != others;) rest(++looked);
}

/// Whether the helper, which has seen this call last, is to go. A call that began meanwhile may have counted on it:
/// either that call finds it absent, or it finds the call here.
bool Team::leave(std::uint32_t seen) noexcept {
  present_.fetch_sub(1);
  if (calls_.load() == seen) return true;
  for (std::size_t present = present_.load(); present < size_ - 1;)
    if (present_.compare_exchange_weak(present, present + 1)) return false;
  return true;
}

void Team::help(std::size_t member) noexcept {
  std::uint32_t seen = calls_.load(std::memory_order_relaxed) - 1;  // the present call may have tiles left
  int looked = 0;
  for (Clock::time_point until = Clock::now() + patience; !dismissed_.load(std::memory_order_relaxed); rest(++looked)) {
    if (const std::uint32_t calls = calls_.load(std::memory_order_acquire); calls != seen) {
      seen = calls;
      if (const std::size_t taken = take(member); taken > 0) done_.fetch_add(taken, std::memory_order_release);
      looked = 0;
      until = Clock::now() + patience;
    } else if (looked % looks == 0 && Clock::now() > until) {
      if (leave(seen)) return;
    }
  }
  present_.fetch_sub(1);
}

}  // namespace treadle::base
