// --optimizer and the numbers that go with it.
#include "options.hpp"
#include "output.hpp"

namespace treadle::tool {
namespace {

const std::vector<std::string_view> optimizers = {"sgd", "momentum", "nesterov", "adam", "adamw"};

void add_number(CommandLine& line, const char* name, const char* help, std::optional<float>& target, Range range) {
  line.option(name, "X", help, rules::real(range), into(target));
  line.part_of("optimizer", name);
}

}  // namespace

void add_optimizer_name(CommandLine& line, OptimizerOptions& options) {
  line.option("optimizer", "NAME", "sgd, momentum, nesterov, adam or adamw", rules::word("optimizer", optimizers),
              into(options.name), options.name);
}

void add_learning_rate(CommandLine& line, OptimizerOptions& options) {
  add_number(line, "learning-rate", "Size of a step, above 0 (default: 0.001 for adam and adamw, else 0.05)",
             options.learning_rate, Range::above_zero);
}

void add_hyperparameters(CommandLine& line, OptimizerOptions& options) {
  const auto add = [&](const char* name, const char* help, std::optional<float>& target, Range range) {
    add_number(line, name, help, target, range);
  };
  add("momentum", "Of sgd, momentum and nesterov, 0 to below 1 (default: 0 for sgd, else 0.9)", options.momentum,
      Range::zero_to_below_one);
  add("weight-decay", "At least 0 (default: 0.01 for adamw, else 0)", options.weight_decay, Range::zero_or_more);
  add("beta1", "Of adam and adamw, 0 to below 1 (default: 0.9)", options.beta1, Range::zero_to_below_one);
  add("beta2", "Likewise (default: 0.999)", options.beta2, Range::zero_to_below_one);
  add("epsilon", "Of adam and adamw, above 0 (default: 1e-8)", options.epsilon, Range::above_zero);
}

namespace {

template <class Adaptive>
Optimizer make_adaptive(const OptimizerOptions& options) {
  if (options.momentum) throw UsageError("--momentum goes with sgd, momentum and nesterov");
  Adaptive adam;
  adam.learning_rate = options.learning_rate.value_or(adam.learning_rate);
  adam.weight_decay = options.weight_decay.value_or(adam.weight_decay);
  adam.beta1 = options.beta1.value_or(adam.beta1);
  adam.beta2 = options.beta2.value_or(adam.beta2);
  adam.epsilon = options.epsilon.value_or(adam.epsilon);
  return adam;
}

Optimizer make_sgd(const OptimizerOptions& options) {
  for (const auto& [number, name] :
       {std::pair(options.beta1, "beta1"), std::pair(options.beta2, "beta2"), std::pair(options.epsilon, "epsilon")})
    if (number) throw UsageError(std::string("--") + name + " goes with adam and adamw");
  Sgd sgd;
  if (options.name != "sgd") sgd = {.momentum = 0.9f, .nesterov = options.name == "nesterov"};
  sgd.learning_rate = options.learning_rate.value_or(sgd.learning_rate);
  sgd.weight_decay = options.weight_decay.value_or(sgd.weight_decay);
  sgd.momentum = options.momentum.value_or(sgd.momentum);
  if (sgd.nesterov && sgd.momentum == 0) throw UsageError("--momentum: nesterov needs a number above 0");
  return sgd;
}

}  // namespace

Optimizer make_optimizer(const OptimizerOptions& options) {
  if (options.name == "adam") return make_adaptive<Adam>(options);
  return options.name == "adamw" ? make_adaptive<AdamW>(options) : make_sgd(options);
}

void settle(CommandLine& line, const Optimizer& optimizer) {
  const auto settle = [&line](const char* name, float value) { line.settle(name, shortest(value)); };
  const auto settle_all = [&](const auto& one) {
    settle("learning-rate", one.learning_rate);
    settle("weight-decay", one.weight_decay);
    if constexpr (requires { one.momentum; }) {
      settle("momentum", one.momentum);
    } else {
      settle("beta1", one.beta1);
      settle("beta2", one.beta2);
      settle("epsilon", one.epsilon);
    }
  };
  std::visit(settle_all, optimizer);
}

}  // namespace treadle::tool
