#include <treadle/training.hpp>

namespace treadle {
namespace {

double factor(const ConstantRate&, std::uint64_t, std::uint64_t) noexcept { return 1.0; }

double factor(const LinearDecay&, std::uint64_t iteration, std::uint64_t iterations) noexcept {
  return static_cast<double>(iterations - iteration) / static_cast<double>(iterations);
}

}  // namespace

double rate_factor(const Schedule& schedule, std::uint64_t iteration, std::uint64_t iterations) noexcept {
  return std::visit([&](const auto& s) { return factor(s, iteration, iterations); }, schedule);
}

}  // namespace treadle
