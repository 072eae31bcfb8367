#include "training/checkpointer.hpp"

#include <algorithm>
#include <csignal>
#include <exception>

#include "formats/file.hpp"

namespace treadle::training {
namespace {

constexpr double hour = 3600;  // seconds

}  // namespace

Result<std::unique_ptr<Checkpointer>> Checkpointer::start(const CheckpointOptions& options, CheckpointFolder folder,
                                                          CheckpointLayout layout, Fingerprint fingerprint) {
  try {
    std::unique_ptr<Checkpointer> checkpointer(
        new Checkpointer(options, std::move(folder), std::move(layout), std::move(fingerprint)));
    if (const Result<void> ready = checkpointer->prepare(); !ready) return ready.error();
    checkpointer->start_thread();
    return checkpointer;
  } catch (const std::system_error&) {
    return Error{ErrorCode::io, "checkpoints: the system gives no thread"};
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, "checkpoints: not enough memory"};
  }
}

Result<void> Checkpointer::prepare() {
  snapshot_ = layout_.room();
  const Result<std::size_t> bytes = layout_.most_bytes(fingerprint_);
  if (!bytes) return bytes.error();
  most_bytes_ = *bytes;
  if (most_bytes_ > formats::max_file_size)
    return Error{ErrorCode::too_large, Message{"checkpoints: one takes up to "}
                                           << most_bytes_ << " bytes, which is more than the " << formats::max_file_size
                                           << " that can be read again"};
  if (options_.most_bytes_per_hour != 0 && most_bytes_ > options_.most_bytes_per_hour)
    return Error{ErrorCode::invalid_argument, Message{"checkpoints: one takes up to "}
                                                  << most_bytes_ << " bytes, which is more than the limit of "
                                                  << options_.most_bytes_per_hour << " bytes an hour"};
  return {};
}

/// Signals are for the thread that trains.
void Checkpointer::start_thread() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    const sigset_t& signals;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &signals, nullptr); }
  } restore{before};
  thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
  if (!thread_.joinable()) return;
  wait();
  phase_.store(Phase::quit);
  phase_.notify_all();
  thread_.join();
}

bool Checkpointer::wanted(std::uint64_t iteration, Clock::time_point now) noexcept {
  const double waited = std::chrono::duration<double>(now - last_wanted_).count();
  return wanted_by_iterations(iteration) || (options_.every_seconds > 0 && waited >= options_.every_seconds);
}

/// n = floor(limit / largest size) checkpoints an hour are allowed, and 3600 s / n between two of them keep any hour
/// within it.
bool Checkpointer::allowed(Clock::time_point now) const noexcept {
  if (options_.most_bytes_per_hour == 0) return true;
  const double most = static_cast<double>(options_.most_bytes_per_hour / most_bytes_);
  return std::chrono::duration<double>(now - last_written_).count() >= hour / most;
}

bool Checkpointer::due(std::uint64_t iteration) noexcept {
  const Clock::time_point now = Clock::now();
  if (!wanted(iteration, now) || !allowed(now)) return false;
  last_wanted_ = now;
  if (phase_.load(std::memory_order_acquire) == Phase::idle) return true;
  ++skipped_;
  return false;
}

void Checkpointer::write() noexcept {
  last_written_ = Clock::now();
  phase_.store(Phase::full, std::memory_order_release);
  phase_.notify_all();
}

void Checkpointer::wait() noexcept {
  for (Phase phase; (phase = phase_.load(std::memory_order_acquire)) == Phase::full;) phase_.wait(phase);
}

std::optional<CheckpointRecord> Checkpointer::take_record() {
  if (phase_.load(std::memory_order_acquire) != Phase::written) return std::nullopt;
  CheckpointRecord record = std::move(record_);
  record.skipped = std::exchange(skipped_, 0);
  phase_.store(Phase::idle, std::memory_order_relaxed);
  return record;
}

void Checkpointer::run() noexcept {
  for (Phase phase; (phase = phase_.load(std::memory_order_acquire)) != Phase::quit;) {
    if (phase != Phase::full) {
      phase_.wait(phase);
      continue;
    }
    write_snapshot();
    phase_.store(Phase::written, std::memory_order_release);
    phase_.notify_all();
  }
}

void Checkpointer::write_snapshot() noexcept {
  const Clock::time_point begin = Clock::now();
  record_ = {};
  record_.iteration = snapshot_.state.iteration;
  record_.epoch = snapshot_.state.epoch;
  try {
    record_.path = folder_.next_path();
    const Result<std::size_t> bytes = layout_.file_bytes(snapshot_, fingerprint_);
    if (bytes) record_.bytes = *bytes;
  } catch (const std::exception&) {
    record_.error = Error{ErrorCode::out_of_memory, "checkpoint: not enough memory"};
    return;
  }
  if (const Result<void> written = folder_.write(layout_, snapshot_, fingerprint_); !written)
    record_.error = written.error();
  record_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace treadle::training
