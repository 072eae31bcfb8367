#include "training/profiler.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace treadle::training {
namespace {

std::uint64_t nanoseconds() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

Result<Profiler> Profiler::make(const Model& model, const Loss& loss, const Optimizer& optimizer,
                                const StepOptions& options, const TrainingStep& step, std::uint64_t every) {
  Result<PlanReport> report = treadle::report(model, loss, optimizer, options);
  if (!report) return report.error();
  std::erase_if(report->calls, [](const CallReport& call) { return call.tiles == 0; });
  if (report->calls.size() != step.calls())
    return Error{ErrorCode::unsupported, "fit: profile: the step has other calls than its report"};
  return Profiler(std::move(report->calls), every);
}

bool Profiler::begin() noexcept {
  const std::uint64_t number = begins_++;
  if (number >= 2 && number % every_ != 0) return false;
  if (iterations_ == 1 && !warm_) {
    std::fill(ticks_.begin(), ticks_.end(), 0);
    waiting_ = all_ = iterations_ = 0;
    warm_ = true;
  }
  begun_ = nanoseconds();
  return true;
}

void Profiler::loaded() noexcept { loaded_ = nanoseconds(); }

void Profiler::end() noexcept {
  waiting_ += loaded_ - begun_;
  all_ += nanoseconds() - begun_;
  ++iterations_;
}

CallTimer Profiler::timer() noexcept {
  return {.now = [](void*) noexcept { return nanoseconds(); }, .context = nullptr, .ticks = ticks_};
}

RunProfile Profiler::profile() && {
  const double each = 1e-9 / static_cast<double>(std::max<std::uint64_t>(1, iterations_));
  const auto seconds = [each](std::uint64_t ticks) { return static_cast<double>(ticks) * each; };
  const std::uint64_t calls = std::accumulate(ticks_.begin(), ticks_.end(), std::uint64_t{0});
  RunProfile profile{.iterations = iterations_,
                     .seconds = seconds(all_),
                     .waiting = seconds(waiting_),
                     .other = seconds(all_ - std::min(all_, waiting_ + calls))};
  for (std::size_t i = 0; i < calls_.size(); ++i)
    profile.calls.push_back(
        {std::move(calls_[i].layer), std::move(calls_[i].name), calls_[i].part, seconds(ticks_[i])});
  return profile;
}

}  // namespace treadle::training
