// --schedule and the numbers that go with it.
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

/// As a person writes it: the double nearest to 0.1, not to the float nearest to that.
void add_number(CommandLine& line, const char* name, const char* help, double& target, Range range) {
  line.option(
      name, "X", help, rules::real(range), [&target](float value) { target = as_written(value); },
      shortest(static_cast<float>(target)));
  line.part_of("schedule", name);
}

}  // namespace

void add_schedule(CommandLine& line, ScheduleOptions& options) {
  line.option("schedule", "NAME", "Learning rate over the run: linear, constant, cosine, one-cycle, step, or plateau",
              rules::word("schedule", {"linear", "constant", "cosine", "one-cycle", "step", "plateau"}),
              into(options.name), Default::words("linear, or constant where the end is open"))
      .whole("step-epochs", "step: epochs between two drops of the rate", options.step_epochs, 1, 1'000'000'000)
      .part_of("schedule", "step-epochs");
  add_number(line, "step-factor", "step: of the rate at each drop, above 0 to 1", options.step_factor,
             Range::above_zero_to_one);
  add_number(line, "cosine-floor", "cosine: factor of the rate at the end, 0 to below 1", options.cosine_floor,
             Range::zero_to_below_one);
  add_number(line, "one-cycle-rise", "one-cycle: part of the run in which the rate rises", options.one_cycle_rise,
             Range::between_zero_and_one);
  line.whole("warm-up", "Iterations in which the rate rises to its value", options.warm_up, 0);
}

std::optional<Schedule> make_schedule(const CommandLine& line, const ScheduleOptions& options) {
  const auto refuse = [&](const char* name, const char* schedule) {
    if (options.name != schedule) line.refuse(name, std::string("goes with --schedule ") + schedule);
  };
  refuse("step-epochs", "step");
  refuse("step-factor", "step");
  refuse("cosine-floor", "cosine");
  refuse("one-cycle-rise", "one-cycle");
  if (options.name.empty()) return std::nullopt;
  if (options.name == "linear") return LinearDecay{};
  if (options.name == "cosine") return CosineDecay{.floor = options.cosine_floor};
  if (options.name == "one-cycle") return OneCycle{.rise = options.one_cycle_rise};
  if (options.name == "step") return StepDecay{.epochs = options.step_epochs, .factor = options.step_factor};
  return ConstantRate{};
}

void add_plateau(CommandLine& line, ScheduleOptions& options) {
  line.whole("plateau-patience", "plateau: validations without a smaller loss before the rate drops",
             options.plateau_patience, 0, 1'000'000'000)
      .part_of("schedule", "plateau-patience");
  add_number(line, "plateau-factor", "plateau: of the rate at each drop, above 0 to below 1", options.plateau_factor,
             Range::between_zero_and_one);
  add_number(line, "plateau-threshold", "plateau: part by which a loss has to be smaller, 0 to below 1",
             options.plateau_threshold, Range::zero_to_below_one);
  line.whole("plateau-cooldown", "plateau: validations after a drop that are not counted", options.plateau_cooldown, 0,
             1'000'000'000)
      .part_of("schedule", "plateau-cooldown");
  add_number(line, "plateau-floor", "plateau: least factor of the rate, 0 to 1", options.plateau_floor,
             Range::zero_to_one);
}

std::optional<ReduceOnPlateau> make_plateau(const CommandLine& line, const ScheduleOptions& options) {
  if (options.name == "plateau")
    return ReduceOnPlateau{.factor = options.plateau_factor,
                           .patience = options.plateau_patience,
                           .threshold = options.plateau_threshold,
                           .cooldown = options.plateau_cooldown,
                           .least = options.plateau_floor};
  for (const char* name :
       {"plateau-patience", "plateau-factor", "plateau-threshold", "plateau-cooldown", "plateau-floor"})
    line.refuse(name, "goes with --schedule plateau");
  return std::nullopt;
}

void settle(CommandLine& line, LimitOptions& limits, ScheduleOptions& schedule, bool resumes) {
  // A run that goes on has what it began with; the defaults of another run's job are not for this one.
  if (!resumes && !line.given("epochs")) limits.epochs.reset();
  if (!resumes && !line.given("schedule")) schedule.name = "";
  TrainerOptions given{.epochs = limits.epochs,
                       .schedule = make_schedule(line, schedule),
                       .max_iterations = limits.max_iterations,
                       .max_seconds = limits.max_seconds};
  if (limits.patience != 0) given.early_stopping.emplace();
  const TrainerOptions taken = with_defaults(given);
  limits.epochs = taken.epochs;
  line.settle("epochs", taken.epochs ? std::optional(std::to_string(*taken.epochs)) : std::nullopt);
  if (!given.schedule)
    line.settle("schedule", std::holds_alternative<LinearDecay>(*taken.schedule) ? "linear" : "constant");
  else if (!taken.epochs && taken.max_iterations == 0 && needs_iterations(*taken.schedule))
    throw UsageError("--schedule: " + std::string(schedule.name) +
                     " ends with the run, so it needs --epochs or --max-iterations too");
}

}  // namespace treadle::tool
