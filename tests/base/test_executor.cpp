#include <treadle/executor.hpp>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/executors.hpp"

using treadle::ErrorCode;
using treadle::Executor;
using treadle::make_executor;
using treadle::ThreadSource;

namespace {

struct Named {
  std::string name;
  std::shared_ptr<Executor> executor;
};

/// Every executor of this build with 1, 2 and 4 threads, also on a machine with fewer CPUs.
const std::vector<Named>& executors() {
  static const std::vector<Named> all = [] {
    std::vector<Named> made{
        {"serial", std::shared_ptr<Executor>(std::shared_ptr<void>{}, &treadle::serial_executor())}};
    for (std::size_t threads : {1, 2, 4}) {
      made.push_back(
          {"std_threads " + std::to_string(threads), make_executor(threads, ThreadSource::std_threads).value()});
      if (treadle::base::has_tbb())
        made.push_back({"tbb " + std::to_string(threads), make_executor(threads, ThreadSource::tbb).value()});
    }
    return made;
  }();
  return all;
}

/// Counts how often each tile ran.
struct Visits {
  explicit Visits(std::size_t tiles) : counts(tiles) {}
  static void count(void* context, std::size_t tile) noexcept {
    auto& visits = *static_cast<Visits*>(context);
    if (tile < visits.counts.size())
      visits.counts[tile].fetch_add(1, std::memory_order_relaxed);
    else
      visits.stray = true;
  }
  bool once_each() const {
    return !stray && std::all_of(counts.begin(), counts.end(), [](const auto& count) { return count == 1; });
  }
  std::vector<std::atomic<int>> counts;
  std::atomic<bool> stray = false;
};

TEST_CASE("every tile runs exactly once, and all are done when run() returns") {
  for (const Named& named : executors()) {
    CAPTURE(named.name);
    CHECK(rc::check([&] {
      const auto tiles = *rc::gen::inRange<std::size_t>(0, 200);
      Visits visits(tiles);
      named.executor->run(tiles, Visits::count, &visits);
      RC_ASSERT(visits.once_each());
    }));
  }
}

TEST_CASE("what tiles wrote is visible after run(), in thousands of short calls") {
  struct Sums {
    std::vector<long> sums;  // not atomic: the executor has to order these
    static void add(void* context, std::size_t tile) noexcept { ++static_cast<Sums*>(context)->sums[tile]; }
  };
  for (const Named& named : executors()) {
    CAPTURE(named.name);
    Sums sums{std::vector<long>(5)};
    constexpr int calls = 2000;
    for (int i = 0; i < calls; ++i) named.executor->run(sums.sums.size(), Sums::add, &sums);
    for (long sum : sums.sums) CHECK(sum == calls);
  }
}

TEST_CASE("tiles in turn go on with what the one before left") {
  struct Chain {
    std::uint64_t value = 1;  // not atomic: the executor has to order these
    static std::uint64_t step(std::uint64_t value, std::size_t tile) { return value * 6364136223846793005u + tile; }
    static void run(void* context, std::size_t tile) noexcept {
      auto& chain = *static_cast<Chain*>(context);
      chain.value = step(chain.value, tile);
    }
  };
  for (const Named& named : executors()) {
    CAPTURE(named.name);
    for (const std::size_t tiles : {0, 1, 2, 3, 4, 7, 100}) {
      std::uint64_t expected = 1;
      for (std::size_t tile = 0; tile < tiles; ++tile) expected = Chain::step(expected, tile);
      for (int i = 0; i < 200; ++i) {
        Chain chain;
        named.executor->run_in_turn(tiles, Chain::run, &chain);
        REQUIRE(chain.value == expected);
      }
    }
  }
}

TEST_CASE("as many threads as were asked for") {
  for (ThreadSource source : {ThreadSource::automatic, ThreadSource::std_threads})
    for (std::size_t threads : {1, 2, 4}) CHECK((*make_executor(threads, source))->threads() == threads);
  CHECK((*make_executor(0))->threads() >= 1);
  CHECK((*make_executor(0))->threads() <= std::max(1u, std::thread::hardware_concurrency()));
  CHECK(make_executor(1)->get() == &treadle::serial_executor());
}

TEST_CASE("several threads work at once") {
  // Tiles that wait for each other all arrive only when each has a thread; a deadline turns a hang into a failure.
  // Executors of other sizes, which are alive meanwhile, must not take threads away.
  using Clock = std::chrono::steady_clock;
  struct Meeting {
    std::size_t expected;
    std::atomic<std::size_t> arrived = 0, met = 0;
    Clock::time_point deadline = Clock::now() + std::chrono::seconds(20);
    static void meet(void* context, std::size_t) noexcept {
      auto& meeting = *static_cast<Meeting*>(context);
      ++meeting.arrived;
      while (meeting.arrived < meeting.expected && Clock::now() < meeting.deadline) std::this_thread::yield();
      if (meeting.arrived == meeting.expected) ++meeting.met;
    }
  };
  for (const Named& named : executors()) {
    CAPTURE(named.name);
    Meeting meeting{named.executor->threads()};
    named.executor->run(meeting.expected, Meeting::meet, &meeting);
    CHECK(meeting.met == meeting.expected);
  }
}

TEST_CASE("executors are independent of each other and can be made and dropped") {
  for (int i = 0; i < 20; ++i) {
    const auto two = make_executor(2, ThreadSource::std_threads).value();
    const auto four = make_executor(4).value();
    Visits visits(9);
    if (i % 2 == 0) two->run(9, Visits::count, &visits);
    if (i % 2 == 1) four->run(9, Visits::count, &visits);
    CHECK(visits.once_each());
  }
}

TEST_CASE("refused requests say what was expected") {
  const auto many = make_executor(5000);
  REQUIRE_FALSE(many);
  CHECK(many.error().code == ErrorCode::invalid_argument);
  CHECK(many.error().text() == "expected 0 to 1024 threads, got 5000");
  if (!treadle::base::has_tbb()) {
    REQUIRE_FALSE(make_executor(2, ThreadSource::tbb));
    CHECK(make_executor(2, ThreadSource::tbb).error().code == ErrorCode::unsupported);
  }
}

}  // namespace
