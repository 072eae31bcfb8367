// Plans for other processors take what they take there. That the emulated boards agree is tests/firmware's to show.
#include <doctest/doctest.h>
#include <treadle/target.hpp>

#include <string>

#include "kernels/table.hpp"
#include "support/networks.hpp"

using namespace treadle;

namespace {

Target this_machine() {
  const Isa isa = default_isa().value();
  const kernels::KernelTable& table = *kernels::table(isa);
  return {.name = "this",
          .isa = isa,
          .lanes = table.lanes,
          .panel = table.panel,
          .rows = table.rows,
          .address_bytes = sizeof(void*)};
}

TEST_CASE("a target's kernels are those of its instruction set") {
  for (const Target& target : known_targets()) {
    CAPTURE(target.name);
    CHECK(find_target(target.name).value().isa == target.isa);
    const kernels::KernelTable* table = kernels::table(target.isa);
    if (table == nullptr) continue;
    CHECK(target.lanes == table->lanes);
    CHECK(target.panel == table->panel);
    CHECK(target.rows == table->rows);
  }
  CHECK(find_target("cortex-m0").error().text().find("unknown target 'cortex-m0'; expected one of: cortex-m7, ") == 0);
}

TEST_CASE("a plan for a target like this machine takes what a plan takes here") {
  for (const Model& model : {test::awkward_model(), test::awkward_cnn()})
    for (const Optimizer& optimizer : test::optimizers())
      for (const std::size_t micro_batch : {0, 1, 5}) {
        const StepOptions options{.batch_size = 11, .micro_batch = micro_batch};
        const PlanReport here = report(model, SoftmaxCrossEntropy{}, optimizer, options).value();
        const PlanReport there = report(model, SoftmaxCrossEntropy{}, optimizer, options, this_machine()).value();
        CHECK(here.memory.bytes == there.memory.bytes);
        CHECK(here.micro_batch == there.micro_batch);
        CHECK(there.memory.total() == plan(model, SoftmaxCrossEntropy{}, optimizer, options).value().memory().total());
      }
}

TEST_CASE("inference for a target like this machine takes what it takes here") {
  for (Model model : {test::awkward_model(), test::awkward_cnn()}) {
    const StepOptions options{.batch_size = 3};
    const MemoryReport there = inference_memory(model, options, this_machine()).value();
    REQUIRE(model.initialize(1));
    CHECK(there.bytes == plan_inference(model, options).value().memory().bytes);
  }
}

TEST_CASE("a target's memory limit picks a micro-batch that fits there and none larger") {
  const Target target = find_target("cortex-m7").value();
  const auto with = [&](std::size_t micro_batch, std::size_t limit) {
    return report(test::awkward_cnn(), SoftmaxCrossEntropy{}, Sgd{},
                  {.batch_size = 32, .micro_batch = micro_batch, .memory_limit = limit}, target);
  };
  const std::size_t limit = with(7, 0).value().memory.total();
  CHECK(with(0, limit).value().micro_batch == 7);
  CHECK(with(0, limit - 1).value().micro_batch < 7);
  CHECK(with(0, 1000).error().text().find("the limit is 1000") != std::string::npos);
}

TEST_CASE("a plan beyond the addresses of its target is refused") {
  if (sizeof(std::size_t) == 4) return;  // beyond those of this machine, too
  const Model large({60000}, {Dense{60000}, Dense{3}});
  const Result<PlanReport> small = report(large, SoftmaxCrossEntropy{}, Sgd{}, {}, find_target("cortex-m7").value());
  REQUIRE(!small);
  CHECK(small.error().text().find("the limit is 4294967295") != std::string::npos);
  CHECK(report(large, SoftmaxCrossEntropy{}, Sgd{}, {}, find_target("cortex-a53").value()));
}

}  // namespace
