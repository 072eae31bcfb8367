// A planned training step: its memory is known before anything runs, and nothing is allocated while it runs.
#pragma once

#include <treadle/executor.hpp>
#include <treadle/isa.hpp>
#include <treadle/losses.hpp>
#include <treadle/memory.hpp>
#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/result.hpp>
#include <treadle/target.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace treadle {

struct StepOptions {
  /// Most samples in one iteration, at least 1.
  std::size_t batch_size = 32;
  /// Samples processed at once, 1 ... batch_size; changes no result. 0: even parts of a batch of about as many samples
  /// as have 3 MiB of inputs and activations, or as many bytes as the parameters if these are more, which is fastest on
  /// most processors; where they do not fit, the most that do (beyond 1024 within 0.1 %).
  std::size_t micro_batch = 0;
  /// Bytes that the step may use; 0: no limit. Caller-supplied memory limits too.
  std::size_t memory_limit = 0;
  /// Default: default_isa().
  std::optional<Isa> isa = {};
  /// Must outlive the step; default: serial_executor().
  Executor* executor = nullptr;
  /// For get_gradients(): they take a float a parameter even if the whole batch is processed at once.
  bool keep_gradients = false;
  /// Above 0: before an update all gradients together are scaled so that their Euclidean norm is at most this, as by
  /// torch.nn.utils.clip_grad_norm_ (Pascanu et al. 2013, arXiv:1211.5063).
  float clip_norm = 0;
  /// Above 0: each gradient is limited to -clip_value ... clip_value, as by torch.nn.utils.clip_grad_value_; before
  /// the norm, with both.
  float clip_value = 0;
  /// The update waits until all gradients are complete, for compute_gradients() and gradient_norm(). So it does with
  /// either limit. It takes gradients as keep_gradients does and eight bytes for each row of a weight and of a bias,
  /// and changes no result.
  bool hold_update = false;
};

/// Gives a step its samples a micro-batch at a time, where memory has no room for a whole batch.
struct SampleSource {
  /// Writes samples `first` ... `first + count - 1` of the batch to inputs [count, sample shape] and their class
  /// numbers to targets [count]. Called once for each micro-batch, in order, by the thread that called run().
  void (*read)(void* context, std::size_t first, std::size_t count, float* inputs, std::int32_t* targets) noexcept;
  void* context = nullptr;
};

/// How long a slice of an iteration may take, by a counter of the caller's: processor cycles, microseconds.
struct TimeBudget {
  std::uint32_t ticks = 0;
  /// The counter now. It may wrap around, so that no tile and no budget may take 2^31 ticks.
  std::uint32_t (*now)(void* context) noexcept = nullptr;
  void* context = nullptr;
  /// Run the first tile of a slice even if it has been seen to take longer than the budget: training always goes on.
  /// Without it a slice that is too short for the next tile runs nothing; after many of these in a row the tile is
  /// tried again, since what made it long may have been an interrupt.
  bool always_one_tile = true;
};

/// What a slice of an iteration did.
struct Slice {
  bool finished = true;             ///< no iteration is under way any more
  float loss = __builtin_nanf("");  ///< of an iteration that this slice finished: what run() returns
  std::size_t tiles = 0;            ///< that this slice ran
  std::uint32_t longest_tile = 0;   ///< ticks of the longest of them (with threads: of so many tiles at once)
};

/// Adds up what the calls of a step take.
struct CallTimer {
  /// A counter in any unit that does not wrap around.
  std::uint64_t (*now)(void* context) noexcept = nullptr;
  void* context = nullptr;
  /// [TrainingStep::calls()], in the order of PlanReport::calls: what each took is added to it.
  std::span<std::uint64_t> ticks{};
};

namespace plan_detail {
struct Program;
}

/// Owns (or borrows) the memory of one planned iteration and runs it. Movable; not to be used by two threads at once.
class TrainingStep {
 public:
  /// Forward, backward and one update of the parameters.
  /// inputs: [n, sample shape] row-major; targets: n class numbers, 1 <= n <= batch_size (the last batch of an epoch
  /// may be short). Returns the mean loss before the update. Other sizes change nothing and return NaN; so does a call
  /// while a begun iteration is unfinished.
  float run(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept;
  /// The same with a second target for each of the n; null: none. Here and below `mixed`, and what it points to, must
  /// stay as it is until the iteration is finished; with another number of targets nothing changes.
  float run(std::span<const float> inputs, std::span<const std::int32_t> targets, const MixedTargets* mixed) noexcept;

  /// The same with `rows` samples, 1 <= rows <= batch_size, from `source`, which is called to fill `inputs` and
  /// `targets`. They have room for min(rows, micro_batch()) samples at least; with less nothing changes, and NaN is
  /// returned.
  float run(const SampleSource& source, std::size_t rows, std::span<float> inputs,
            std::span<std::int32_t> targets) noexcept;

  /// run() in slices, to be done between other work: begin() takes what run() takes and runs nothing; inputs and
  /// targets must stay as they are until run_for() or run_tiles() say that the iteration is finished. However it is
  /// sliced, the bits are those of run(). Until then there is no other iteration and no evaluation, and parameters and
  /// optimizer state, half of which may be updated, are neither read nor set. False, and nothing changed, when the
  /// sizes do not match or an iteration is under way.
  [[nodiscard]] bool begin(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept;
  [[nodiscard]] bool begin(std::span<const float> inputs, std::span<const std::int32_t> targets,
                           const MixedTargets* mixed) noexcept;
  [[nodiscard]] bool begin(const SampleSource& source, std::size_t rows, std::span<float> inputs,
                           std::span<std::int32_t> targets) noexcept;
  /// Likewise of compute_gradients() and of evaluate(): the slice that finishes has what they return.
  [[nodiscard]] bool begin_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets,
                                     const MixedTargets* mixed = nullptr) noexcept;
  [[nodiscard]] bool begin_evaluation(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept;
  /// Goes on for budget.ticks. The clock is read before each tile and each micro-batch of samples, and a tile is not
  /// begun that has lately taken longer than what is left: a slice overruns its budget by less than one tile.
  Slice run_for(const TimeBudget& budget) noexcept;
  /// Goes on for so many tiles.
  Slice run_tiles(std::size_t tiles) noexcept;
  /// Whether an iteration has begun and is not finished.
  bool unfinished() const noexcept;

  /// The two halves of run() in a step that holds its update: the loss and the gradients, limited to clip_value, and
  /// then the update. An update that is not made leaves the parameters, the optimizer's state and its progress as
  /// they were. In another step, or with other sizes than run() takes, nothing changes; the first returns NaN.
  float compute_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept;
  float compute_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets,
                          const MixedTargets* mixed) noexcept;
  void update() noexcept;
  /// The norm of the last gradients, before clip_norm; NaN in a step that does not hold its update.
  double gradient_norm() const noexcept;

  /// run(), compute_gradients() and update() with a look at the clock before and after each call. Nothing changes, and
  /// NaN is returned, where these would, and when `timer` has no clock or another number of ticks than calls().
  float run(std::span<const float> inputs, std::span<const std::int32_t> targets, const CallTimer& timer,
            const MixedTargets* mixed = nullptr) noexcept;
  float compute_gradients(std::span<const float> inputs, std::span<const std::int32_t> targets, const CallTimer& timer,
                          const MixedTargets* mixed = nullptr) noexcept;
  void update(const CallTimer& timer) noexcept;
  /// Calls of an iteration: those of PlanReport::calls that have tiles.
  std::size_t calls() const noexcept;

  /// The mean loss without an update. Same sizes as run().
  float evaluate(std::span<const float> inputs, std::span<const std::int32_t> targets) noexcept;

  /// How many samples of the last run() or evaluate() had their target as the (first) largest output.
  std::size_t correct() const noexcept;

  /// Used from the next run() on. Starts as the optimizer's.
  void set_learning_rate(float learning_rate) noexcept;
  float learning_rate() const noexcept;

  /// Sets the parameters from the order of Model::parameters(); optimizer state is not touched.
  Result<void> set_parameters(std::span<const float> parameters) noexcept;
  /// Writes the parameters in the order of Model::parameters().
  Result<void> get_parameters(std::span<float> parameters) const noexcept;
  /// Writes the last run()'s parameter gradients in the order of Model::parameters(). An error unless the step was
  /// planned with keep_gradients, a held update or in micro-batches: otherwise gradients become updates as they arise.
  /// After an update they are scaled by clip_norm.
  Result<void> get_gradients(std::span<float> gradients) const noexcept;

  /// Floats of optimizer state: for each of state_names(optimizer) one a parameter.
  std::size_t optimizer_state_size() const noexcept;
  /// Reads and writes the optimizer's state, a block for each of state_names(optimizer), each in the order of
  /// Model::parameters(). With the parameters and the progress it is all that goes from one iteration to the next: a
  /// step planned for another instruction set, thread count or micro-batch goes on with the same bits.
  Result<void> get_optimizer_state(std::span<float> state) const noexcept;
  Result<void> set_optimizer_state(std::span<const float> state) noexcept;
  OptimizerProgress optimizer_progress() const noexcept;
  /// An error unless both numbers are in [0, 1].
  Result<void> set_optimizer_progress(const OptimizerProgress& progress) noexcept;

  std::size_t batch_size() const noexcept;
  std::size_t micro_batch() const noexcept;
  Isa isa() const noexcept;
  const MemoryReport& memory() const noexcept;

 private:
  friend struct StepFactory;
  using Release = void (*)(plan_detail::Program*) noexcept;
  TrainingStep(plan_detail::Program* program, Release release) noexcept : program_(program, release) {}

  std::unique_ptr<plan_detail::Program, Release> program_;
};

/// Plans a training step in memory that it allocates itself, once. The parameters are the model's if it has any, else
/// zero until set_parameters().
Result<TrainingStep> plan(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options);

/// The same in the caller's memory, which must start at a multiple of 64 bytes and outlive the step. No heap is used.
Result<TrainingStep> plan(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options, std::span<std::byte> memory) noexcept;

/// A forward pass alone, for deployment: parameters and the activations of one micro-batch, nothing else.
class InferenceStep {
 public:
  /// inputs: [n, sample shape]; outputs: [n, output shape], n in any number (it is run in slices of batch_size). False,
  /// and outputs untouched, when the sizes do not match.
  bool run(std::span<const float> inputs, std::span<float> outputs) noexcept;

  const MemoryReport& memory() const noexcept;

 private:
  friend struct StepFactory;
  using Release = void (*)(plan_detail::Program*) noexcept;
  InferenceStep(plan_detail::Program* program, Release release) noexcept : program_(program, release) {}

  std::unique_ptr<plan_detail::Program, Release> program_;
};

/// Plans inference; the model must have parameters.
Result<InferenceStep> plan_inference(const ModelView& model, const StepOptions& options);
Result<InferenceStep> plan_inference(const ModelView& model, const StepOptions& options,
                                     std::span<std::byte> memory) noexcept;

/// One layer's part of a plan.
struct LayerReport {
  std::string name;  ///< "0 Flatten", "1 Dense"
  Shape input, output;
  std::size_t parameters = 0;        ///< their number
  std::uint64_t forward_flops = 0;   ///< for one sample; a multiply-add counts as 2
  std::uint64_t backward_flops = 0;  ///< for one sample
  MemoryReport memory;               ///< what this layer asks for, before activations and workspace are shared
};

/// What a call is for. The transposed weights of the input gradients belong to backward.
enum class StepPart : std::uint8_t { forward, loss, backward, update };

/// One call of a plan, in the order in which they run. Each operand counts once: what the call moves at least.
struct CallReport {
  std::string layer;  ///< "1 Dense"; of the loss the last layer's; of the update "all"
  std::string name;   ///< "forward", "weight gradient", ...
  StepPart part{};
  bool each_iteration = false;  ///< once an iteration; else for each micro-batch
  double flops = 0;             ///< of one run on `micro_batch` samples; a multiply-add counts as 2
  double bytes = 0;             ///< read and written
  std::size_t tiles = 0;        ///< that it is cut into; of the update 0, it is part of other calls' tiles
  double tile_flops = 0;        ///< of its longest tile, with the parameters' update there
  double tile_bytes = 0;        ///< likewise
};

/// What plan() would take, without taking it.
struct PlanReport {
  Isa isa{};
  std::size_t batch_size = 0;
  std::size_t micro_batch = 0;
  std::size_t parameters = 0;
  std::uint64_t flops_per_sample = 0;  ///< forward and backward; the update is not counted
  MemoryReport memory;
  std::vector<LayerReport> layers;
  std::vector<CallReport> calls;
};

Result<PlanReport> report(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options);

/// What plan() would take on `target`, to the byte; options.isa means nothing. Structures of 64-bit processors are
/// known on a 64-bit processor only.
Result<PlanReport> report(const ModelView& model, const Loss& loss, const Optimizer& optimizer,
                          const StepOptions& options, const Target& target);

/// What plan_inference() would take on `target`, whether or not the model has parameters yet.
Result<MemoryReport> inference_memory(const ModelView& model, const StepOptions& options, const Target& target);

}  // namespace treadle
