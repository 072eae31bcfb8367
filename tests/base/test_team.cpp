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
  void run(std::size_t tiles, treadle::Executor::Body body, void* context) {
    team.run(tiles, body, context, [this] {
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
    team.run(tiles, Visits::count, &visits, [&] { return ++asked, false; });
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
