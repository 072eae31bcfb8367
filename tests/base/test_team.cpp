#include "base/team.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace {

using treadle::base::Team;
using Clock = std::chrono::steady_clock;

/// Counts how often each tile ran.
struct Visits {
  explicit Visits(std::size_t tiles) : counts(tiles) {}
  static void count(void* context, std::size_t tile) noexcept {
    static_cast<Visits*>(context)->counts.at(tile).fetch_add(1, std::memory_order_relaxed);
  }
  bool once_each() const {
    return std::all_of(counts.begin(), counts.end(), [](const auto& count) { return count == 1; });
  }
  std::vector<std::atomic<int>> counts;
};

/// A team of two whose helper is a thread of its own each time it is brought.
struct Pair {
  Team team;
  std::vector<std::thread> helpers;

  explicit Pair(std::size_t most_at_once = 1000) : team(2, most_at_once) {}
  ~Pair() {
    team.dismiss();
    for (std::thread& helper : helpers) helper.join();
  }
  void run(std::size_t tiles, treadle::Executor::Body body, void* context, Team::Order order = Team::Order::any) {
    team.run(tiles, order, body, context, [this] {
      helpers.emplace_back([this] { team.help(1); });
      return true;
    });
  }
};

TEST_CASE("a caller whose helpers cannot be brought computes everything, and asks again at each call") {
  Team team(4);
  int asked = 0;
  for (const std::size_t tiles : {2, 3, 4, 5, 1000}) {
    Visits visits(tiles);
    team.run(tiles, Team::Order::any, Visits::count, &visits, [&] { return ++asked, false; });
    CHECK(visits.once_each());
  }
  CHECK(asked == 5 * 3);
}

TEST_CASE("calls of more tiles than are handed out at once") {
  Pair pair(16);
  for (const std::size_t tiles : {15, 16, 17, 32, 33, 1000}) {
    Visits visits(tiles);
    pair.run(tiles, Visits::count, &visits);
    CHECK(visits.once_each());
  }
}

TEST_CASE("each thread begins with tiles of its own") {
  // The first tiles of both halves wait for each other, so that neither thread can take both.
  struct Halves {
    std::atomic<int> arrived = 0;
    std::thread::id ran[4];
    static void run(void* context, std::size_t tile) noexcept {
      auto& halves = *static_cast<Halves*>(context);
      halves.ran[tile] = std::this_thread::get_id();
      if (tile % 2 != 0) return;
      ++halves.arrived;
      const auto deadline = Clock::now() + std::chrono::seconds(20);
      while (halves.arrived < 2 && Clock::now() < deadline) std::this_thread::yield();
    }
  };
  Pair pair;
  for (int i = 0; i < 100; ++i) {
    Halves halves;
    pair.run(4, Halves::run, &halves);
    CHECK(halves.ran[0] == std::this_thread::get_id());
    CHECK(halves.ran[2] != std::this_thread::get_id());
  }
}

/// Notes the order of tiles without any synchronisation: that is what the team has to give.
struct Sequence {
  std::vector<std::size_t> tiles;
  std::vector<std::thread::id> threads;
  static void add(void* context, std::size_t tile) noexcept {
    auto& sequence = *static_cast<Sequence*>(context);
    sequence.tiles.push_back(tile);
    sequence.threads.push_back(std::this_thread::get_id());
  }
  bool in_turn(std::size_t count) const {
    if (tiles.size() != count) return false;
    for (std::size_t i = 0; i < count; ++i)
      if (tiles[i] != i) return false;
    return true;
  }
};

TEST_CASE("tiles in turn run one after the other, each in its own thread where that is there") {
  Pair pair(16);
  bool helped = false;
  const auto run = [&](std::size_t tiles) {
    Sequence sequence;
    sequence.tiles.reserve(tiles), sequence.threads.reserve(tiles);
    pair.run(tiles, Sequence::add, &sequence, Team::Order::in_turn);
    CHECK(sequence.in_turn(tiles));
    CHECK(sequence.threads.front() == std::this_thread::get_id());
    helped = helped || sequence.threads.back() != std::this_thread::get_id();
  };
  for (int i = 0; i < 300; ++i)
    for (const std::size_t tiles : {1, 2, 5, 16, 17, 40}) run(tiles);
  // On a busy machine the helper may be late.
  for (const auto deadline = Clock::now() + std::chrono::seconds(20); !helped && Clock::now() < deadline;) run(2);
  CHECK(helped);
}

TEST_CASE("tiles in turn are all done when no helper comes") {
  Team team(3);
  for (const std::size_t tiles : {2, 3, 50}) {
    Sequence sequence;
    team.run(tiles, Team::Order::in_turn, Sequence::add, &sequence, [] { return false; });
    CHECK(sequence.in_turn(tiles));
  }
}

TEST_CASE("a helper leaves when there is nothing to do, and is brought again") {
  Pair pair;
  for (std::size_t i = 1; i <= 3; ++i) {
    Visits visits(50);
    pair.run(50, Visits::count, &visits);
    CHECK(visits.once_each());
    REQUIRE(pair.helpers.size() == i);
    pair.helpers.back().join();  // returns only when the helper has left
    pair.helpers.back() = std::thread([] {});
  }
}

}  // namespace
