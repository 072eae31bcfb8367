// Threads are placed where they were told to, and what Linux refuses is an error.
#include <treadle/executor.hpp>
#include <treadle/placement.hpp>

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

using namespace treadle;

namespace {

/// Where a thread is.
struct Place {
  std::vector<std::size_t> cpus;
  int nice = 0, policy = 0;
  bool operator==(const Place&) const = default;
};

Place this_threads_place() {
  Place place;
  cpu_set_t set;
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) place.cpus.push_back(cpu);
  place.nice = getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
  place.policy = sched_getscheduler(0);
  return place;
}

/// Runs body() in a thread of its own, since a place cannot always be left again.
template <class Body>
void in_thread(const Body& body) {
  std::thread(body).join();
}

std::string refusal(const Placement& placement) {
  std::string text;
  in_thread([&] {
    if (const Result<void> placed = place_this_thread(placement); !placed) text = placed.error().text();
  });
  return text;
}

}  // namespace

TEST_CASE("a thread goes where it is told to, and the threads of its executor with it; others stay") {
  const Place before = this_threads_place();
  const std::size_t cpu = before.cpus.back();
  Place placed;
  std::array<Place, 3> tiles;
  in_thread([&] {
    REQUIRE(place_this_thread({.cpus = {cpu}, .nice = 19, .scheduling = Scheduling::idle}));
    placed = this_threads_place();
    CHECK((*make_executor(0))->threads() == 1);  // as many as it has CPUs
    make_executor(3, ThreadSource::std_threads)
        .value()
        ->run(
            3,
            [](void* context, std::size_t tile) noexcept {
              (*static_cast<std::array<Place, 3>*>(context))[tile] = this_threads_place();
              std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that each thread gets a tile
            },
            &tiles);
  });
  CHECK(placed == Place{{cpu}, 19, SCHED_IDLE});
  for (const Place& tile : tiles) CHECK(tile == placed);
  CHECK(this_threads_place() == before);
}

TEST_CASE("each part of a placement alone") {
  const Place before = this_threads_place();
  const auto placed_as = [](const Placement& placement) {
    Place place;
    in_thread([&] {
      REQUIRE(place_this_thread(placement));
      place = this_threads_place();
    });
    return place;
  };
  CHECK(placed_as({}) == before);
  CHECK(Placement{}.changes_nothing());
  CHECK(placed_as({.cpus = before.cpus}) == before);
  CHECK(placed_as({.nice = 19}) == Place{before.cpus, 19, before.policy});
  CHECK(placed_as({.scheduling = Scheduling::batch}) == Place{before.cpus, before.nice, SCHED_BATCH});
}

TEST_CASE("what Linux refuses is said") {
  CHECK(refusal({.cpus = {5000}}) == "CPU 5000: expected a number below 1024");
  CHECK(refusal({.cpus = {this_threads_place().cpus.front(), 1023}}) ==
        "CPU 1023 does not exist, or this process may not use it: Invalid argument");
  CHECK(refusal({.nice = 20}) == "nice: expected -20 to 19, got 20");
  CHECK(refusal({.nice = -21}) == "nice: expected -20 to 19, got -21");
}
