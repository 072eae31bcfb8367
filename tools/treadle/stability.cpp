// Options against updates that spoil a model, and for trying a job out.
#include <cmath>
#include <cstdio>

#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

std::string list(const std::string& what, const auto& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? what + " " : ", ") + std::to_string(number);
  return text;
}

/// A loss of any size.
std::string loss_text(double loss) {
  if (loss == 0 || std::abs(loss) >= 0.001) return fixed(loss, 4);
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", loss);
  return text;
}

}  // namespace

void add_clipping(CommandLine& line, StabilityOptions& options) {
  const auto limit = [&](const char* name, const char* help, float& target) {
    line.option(name, "X", help, rules::real(Range::above_zero), into(target), Default::words("no limit"));
  };
  limit("clip-norm", "Scale each iteration's gradients so that their norm is at most X", options.clip_norm);
  limit("clip-value", "Limit each gradient to -X ... X", options.clip_value);
}

void add_guard(CommandLine& line, StabilityOptions& options) {
  line.option(
          "guard", "ACTION", "When loss or gradients are not finite: stop, skip, or roll-back with a smaller rate",
          rules::word("guard", {"stop", "skip", "roll-back"}),
          [&options](std::string_view word) {
            options.guard = word == "stop"   ? GuardAction::stop
                            : word == "skip" ? GuardAction::skip
                                             : GuardAction::roll_back;
          },
          Default::words("off"))
      .option("spike", "X", "--guard: likewise when the loss is above X times the median of the last 32",
              rules::real(Range::above_one), into(options.spike), Default::words("off"))
      .option(
          "guard-factor", "X", "--guard roll-back: of the learning rate from then on, above 0 to below 1",
          rules::real(Range::between_zero_and_one),
          [&options](float factor) { options.guard_factor = as_written(factor); }, "0.5")
      .option("guard-limit", "N", "--guard: end the run after more than N such iterations",
              rules::whole(0, 1'000'000'000), into(options.guard_limit), "10");
}

std::optional<Guard> make_guard(const CommandLine& line, const StabilityOptions& options) {
  if (!options.guard) {
    for (const char* name : {"spike", "guard-factor", "guard-limit"}) line.refuse(name, "goes with --guard");
    return std::nullopt;
  }
  Guard guard{.action = *options.guard, .spike = options.spike.value_or(0)};
  if (guard.action != GuardAction::roll_back) line.refuse("guard-factor", "goes with --guard roll-back");
  guard.rate_factor = options.guard_factor.value_or(guard.rate_factor);
  guard.most = options.guard_limit.value_or(guard.most);
  return guard;
}

std::string anomaly_text(const AnomalyRecord& record) {
  std::string text = "epoch " + grouped(record.epoch) + ", iteration " + grouped(record.iteration) + ": ";
  if (record.cause == AnomalyCause::gradient)
    text += "a gradient is not finite";
  else
    text += "the loss is " + (std::isfinite(record.loss) ? loss_text(static_cast<double>(record.loss)) : "not finite");
  if (record.cause == AnomalyCause::spike) text += ", above its limit of " + loss_text(record.limit);
  if (!record.layer.empty()) text += ", first in " + record.layer;
  if (!record.samples.empty())
    text += "; " + list("samples", record.samples);
  else if (!record.rows.empty())
    text += "; " + list("rows of the batch", record.rows);
  if (record.more_rows > 0) text += " and " + grouped(record.more_rows) + " more";
  switch (record.action) {
    case GuardAction::stop:
      return text + ": stopped";
    case GuardAction::skip:
      return text + ": skipped";
    case GuardAction::roll_back:
      return text + ": rolled back";
  }
  return text;
}

void add_trial(CommandLine& line, TrialOptions& options) {
  const auto add = [&](const char* name, const char* help, std::size_t& target) {
    line.option(name, "N", help, rules::whole(1, 1'000'000'000), into(target), Default::words("off"));
  };
  add("fast-dev-run", "Try the job out: N iterations, validation on N batches, nothing is written",
      options.fast_dev_run);
  add("overfit-batches", "Train and validate on the first N batches only: a model that can learn learns these by heart",
      options.overfit_batches);
}

}  // namespace treadle::tool
