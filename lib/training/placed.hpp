// Runs something on a thread of its own that is placed first, so that the caller's thread stays as it is: a nice value
// that was raised could not be lowered again.
#pragma once

#include <treadle/placement.hpp>

#include <exception>
#include <optional>
#include <system_error>
#include <thread>

namespace treadle::training {

/// work() gives a Result<T>; what it throws is thrown here.
template <class Work>
auto run_placed(const Placement& placement, const Work& work) -> decltype(work()) {
  using Outcome = decltype(work());
  std::optional<Outcome> outcome;
  std::exception_ptr thrown;
  try {
    std::thread thread([&] {
      try {
        const Result<void> placed = place_this_thread(placement);
        outcome = placed ? work() : Outcome(Error{placed.error().code, Message{"fit: "} << placed.error().text()});
      } catch (...) {
        thrown = std::current_exception();
      }
    });
    thread.join();
  } catch (const std::system_error& failure) {
    return Error{ErrorCode::out_of_memory, Message{"fit: could not start a thread: "} << failure.what()};
  }
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*outcome);
}

}  // namespace treadle::training
