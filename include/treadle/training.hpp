// The training loop: batches make an epoch, epochs make a run.
#pragma once

#include <treadle/augmentation.hpp>
#include <treadle/checkpoint.hpp>
#include <treadle/data.hpp>
#include <treadle/guard.hpp>
#include <treadle/losses.hpp>
#include <treadle/model.hpp>
#include <treadle/optimizers.hpp>
#include <treadle/placement.hpp>
#include <treadle/plan.hpp>
#include <treadle/result.hpp>
#include <treadle/sample_weights.hpp>
#include <treadle/schedule.hpp>
#include <treadle/source.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace treadle {

/// What a run is judged by.
enum class Metric : std::uint8_t { validation_loss, validation_accuracy };

/// Ends a run when the metric has not become better for `patience` validations in a row, of which there is one an epoch
/// unless `validation_every` asks for more.
struct EarlyStopping {
  Metric metric = Metric::validation_loss;
  std::size_t patience = 3;      ///< validations without an improvement, at least 1
  double least_improvement = 0;  ///< what a change of the metric must exceed to count, at least 0
  /// The model ends with the parameters of the best validation, else with the last; always with the last where the
  /// run was asked to stop or a guard ended it: it is not over, and its checkpoint has both.
  bool restore_best = true;
};

/// How samples come to training. Of these `window`, `weights` and `augmentation` change results.
struct Loading {
  std::size_t buffers = 4;  ///< batches in memory: the one that is trained on and those read ahead, at least 2
  std::size_t threads = 1;  ///< that read; a stream has one
  /// Samples that a stream is shuffled through: each is drawn from so many, and the next of the stream takes its place.
  /// A source with a window is read as a stream, in its order, or by several threads in the order in which samples come
  /// out of the window; with 0 it is shuffled as a whole.
  std::size_t window = 0;
  /// One for each training sample, at least 0: an epoch draws as many samples as there are, with replacement and these
  /// weights, instead of each once. Not for streams, and only with `shuffle`.
  data::SampleWeights weights = {};
  data::Augmentation augmentation = {};  ///< of training samples, by the threads that load them
};

/// Of a run that nothing else ends.
inline constexpr std::size_t usual_epochs = 10;

struct TrainerOptions {
  /// At least 1. Not given: `usual_epochs`, or as many as it takes until max_iterations, max_seconds or early_stopping
  /// ends the run.
  std::optional<std::size_t> epochs = {};
  std::size_t batch_size = 128;  ///< samples of one iteration; the last batch of an epoch may be smaller
  /// Batches whose gradients are summed up to one update: an iteration has the bits of one with a batch so many times
  /// as large, and never more than batch_size samples in the activations' memory.
  std::size_t accumulate = 1;
  std::size_t micro_batch = 0;   ///< as in StepOptions
  std::size_t memory_limit = 0;  ///< as in StepOptions
  std::uint64_t seed = 1;        ///< of the initial parameters and of the order of the samples
  /// Not given: LinearDecay, or ConstantRate where only time or early stopping ends the run: schedules that end with it
  /// are refused there.
  std::optional<Schedule> schedule = {};
  std::uint64_t warm_up = 0;         ///< in the first so many iterations the rate also rises linearly, from 1 / warm_up
  std::uint64_t max_iterations = 0;  ///< the run ends after so many, in the middle of an epoch too; 0: no limit
  double max_seconds = 0;            ///< likewise after so much time, and with other weights each time; 0: no limit
  std::optional<EarlyStopping> early_stopping = {};  ///< needs validation data
  std::optional<ReduceOnPlateau> plateau = {};       ///< needs validation data; multiplies the schedule's factor
  std::uint64_t validation_every = 0;  ///< also validate after each so many iterations of an epoch; 0: at its end only
  float clip_norm = 0;                 ///< as in StepOptions
  float clip_value = 0;                ///< as in StepOptions
  std::optional<Guard> guard = {};
  /// To try a job out: above 0 the run has one epoch of so many iterations, validates on as many batches, and writes no
  /// checkpoint. It does not go on from one either: `resume` is refused.
  std::size_t fast_dev_run = 0;
  /// To see whether a model can learn at all: above 0 only the first so many batches of the data are trained on, always
  /// in the same order and as they are, and validated on. Not for streams.
  std::size_t overfit_batches = 0;
  /// Measure where the time of an iteration goes, for History::profile. It changes no bit and takes two looks at the
  /// clock a call; not with a duty cycle.
  bool profile = false;
  std::uint64_t profile_every = 1;  ///< with `profile`: one of so many iterations is measured, at least 1
  bool shuffle = true;              ///< a new order each epoch, from Philox keyed by seed and epoch
  std::size_t threads = 1;          ///< 0: one for each CPU
  ThreadSource thread_source = ThreadSource::automatic;
  /// Of the threads that train, and of those that read data: unless it changes nothing, fit() works in threads of its
  /// own, std::threads, and the callbacks run in one of them. The caller's thread stays as it is.
  Placement placement = {};
  /// Train this part of the time at most, above 0 ... 1, and sleep for the rest; changes no bit.
  double duty_cycle = 1;
  std::optional<CheckpointOptions> checkpoints = {};
  /// Once this is true the run finishes its iteration, writes a checkpoint if it writes any, and ends; the model has
  /// the parameters of that moment. A signal handler may set it.
  const std::atomic<bool>* stop = nullptr;
  Loading loading = {};
};

/// The options with `epochs` and `schedule` as fit() takes them where they are not given; no epochs: there is no limit.
TrainerOptions with_defaults(TrainerOptions options);

/// What is about to begin.
struct BeginRecord {
  std::size_t epoch = 0;      ///< from 1
  std::size_t iteration = 0;  ///< of this epoch: the next one, from 1; of a validation the last one
};

/// The samples of an iteration as the model will see them: normalised, augmented, mixed. With `accumulate` those of all
/// its batches. The spans are valid during the call that they are given to.
struct BatchRecord {
  std::size_t epoch = 0;                     ///< from 1
  std::size_t iteration = 0;                 ///< of this epoch, from 1
  std::span<const float> inputs{};           ///< [n, sample elements]
  std::span<const std::int32_t> targets{};   ///< [n]
  std::span<const std::uint32_t> samples{};  ///< [n], their indices in fit()'s training data; empty for a stream
};

/// One finished iteration.
struct IterationRecord {
  std::size_t epoch = 0;       ///< from 1
  std::size_t epochs = 0;      ///< that this run has if nothing ends it earlier; 0: that is not known
  std::size_t iteration = 0;   ///< of this epoch, from 1
  std::size_t iterations = 0;  ///< of each epoch: ceil(samples / batch_size)
  std::size_t samples = 0;     ///< of this epoch so far
  float loss = 0;              ///< mean over this batch, before its update
  double mean_loss = 0;        ///< mean over this epoch's samples so far
  double accuracy = 0;         ///< over this epoch's samples so far, 0 ... 1
  double seconds = 0;          ///< since this epoch began
  double learning_rate = 0;    ///< of this iteration
  double gradient_norm = 0;    ///< before it was limited; NaN unless a limit or a guard looks at it
};

/// Mean loss and accuracy (0 ... 1) over a data set.
struct Evaluation {
  double loss = 0;
  double accuracy = 0;
};

/// One finished validation.
struct ValidationRecord {
  std::size_t epoch = 0;      ///< from 1
  std::size_t iteration = 0;  ///< of this epoch, finished before it
  Evaluation evaluation{};
  std::uint64_t run_iteration = 0;  ///< of the run, finished before it
  bool at_epoch_end = false;        ///< else within an epoch, as validation_every asks
};

/// One finished epoch.
struct EpochRecord {
  std::size_t epoch = 0;                 ///< from 1
  std::size_t epochs = 0;                ///< that this run has if nothing ends it earlier; 0: that is not known
  std::size_t iterations = 0;            ///< of this epoch
  double train_loss = 0;                 ///< mean over the epoch's samples, each taken before its iteration's update
  double train_accuracy = 0;             ///< 0 ... 1, taken at the same moments
  std::optional<Evaluation> validation;  ///< after the epoch, if there is validation data
  double seconds = 0;                    ///< of training, without validation
  double samples_per_second = 0;         ///< of training
  double learning_rate = 0;              ///< of its last iteration
};

/// From where a run goes on.
struct ResumeRecord {
  std::string path{};
  std::uint64_t iteration = 0;                  ///< of the run, finished
  std::size_t epoch = 0;                        ///< that is being trained, from 1
  std::size_t epoch_iteration = 0;              ///< of it, finished
  std::vector<EpochRecord> epochs{};            ///< the finished ones, as in History
  std::vector<ValidationRecord> validations{};  ///< within epochs, the unfinished one too, as in History
  std::optional<Error> damaged{};               ///< what is wrong with the other checkpoint, if anything is
};

/// What one call of the step takes.
struct CallSeconds {
  std::string layer{};  ///< as in CallReport
  std::string name{};
  StepPart part{};
  double seconds = 0;  ///< of an iteration, over all its micro-batches
};

/// Where the time of an iteration goes: means over the iterations of one process, without the first, in which memory
/// is used for the first time, if there are more.
struct RunProfile {
  std::uint64_t iterations = 0;  ///< that were measured
  double seconds = 0;            ///< of an iteration: the three below
  double waiting = 0;            ///< for its samples: until they are read, or gathered where they are in memory
  double other = 0;              ///< callbacks, and the loop itself
  /// In the order in which they run. Where gradients become updates as they arise, the update is a part of the calls
  /// that compute them.
  std::vector<CallSeconds> calls{};
};

/// Records of each kind that a run keeps, the last ones: its memory and its checkpoints do not grow for ever.
inline constexpr std::size_t most_records = 4096;

/// Why a run ended.
enum class StopReason : std::uint8_t { epochs, iterations, time, no_improvement, request, anomaly };

/// What came of a run. Of epochs and of validations within them it has the last `most_records`; on_epoch_end and
/// on_validation_end see all.
struct History {
  std::vector<EpochRecord> epochs;  ///< the last one may be cut short by max_iterations or max_seconds; those before
                                    ///< a resume are among them, one that a request or an anomaly ended is not
  std::vector<ValidationRecord> validations{};  ///< within epochs; those at their ends are in the epochs' records
  double seconds = 0;                           ///< of training in all finished epochs, validation not included
  StopReason stopped = StopReason::epochs;
  std::optional<ValidationRecord> best{};   ///< the validation that early stopping found best, if there is one
  std::optional<EpochRecord> best_epoch{};  ///< the epoch in which that was, if it was finished
  std::uint64_t anomalies = 0;              ///< that the guard saw
  std::optional<RunProfile> profile{};      ///< if TrainerOptions::profile asks for it
};

/// What a trainer calls when something begins or has ended, each list in its order.
struct TrainerCallbacks {
  std::vector<std::function<void(const BeginRecord&)>> epoch_begin, iteration_begin, validation_begin;
  std::vector<std::function<void(const BatchRecord&)>> batch;
  std::vector<std::function<void(const ValidationRecord&)>> validation_end;
  std::vector<std::function<void(const AnomalyRecord&)>> anomaly;
  std::vector<std::function<void(const IterationRecord&)>> iteration_end;
  std::vector<std::function<void(const EpochRecord&)>> epoch_end;
  std::vector<std::function<void(const CheckpointRecord&)>> checkpoint;
  std::vector<std::function<void(const ResumeRecord&)>> resume;
};

/// The order in which epoch `epoch` (from 1) visits `order.size()` samples: a permutation made by Fisher and Yates'
/// shuffle (Knuth, TAOCP 2, algorithm 3.4.2P) with numbers from Philox keyed by (seed, epoch).
void shuffled_order(std::uint64_t seed, std::size_t epoch, std::span<std::uint32_t> order) noexcept;

/// Bytes for getting samples to the training step, by kind.
struct LoadingMemory {
  std::size_t buffers = 0;  ///< batches as float32
  /// 4 for each sample that can be read at any place; with weights an eighth for each and 4 for those of the batches.
  std::size_t order = 0;
  std::size_t staging = 0;  ///< samples as they are stored, before their conversion, or before their augmentation
  std::size_t window = 0;   ///< samples that a stream is shuffled through
  /// What the caller has for each sample already: the weights, and Source::kept_bytes().
  std::size_t kept = 0;
  std::size_t total() const noexcept { return buffers + order + staging + window + kept; }
};

/// What training data take beside the step's own memory and the samples of a Dataset: what fit() will allocate for
/// them, and what is kept for each sample. Buffers of a stream's own are not in it.
Result<LoadingMemory> loading_memory(const data::Samples& samples, const TrainerOptions& options);

/// Trains a model on data. The model is the caller's and must outlive the trainer; it has the new parameters whenever a
/// callback runs at the end of an epoch, and after fit().
class Trainer {
 public:
  Trainer(Model& model, Loss loss, Optimizer optimizer, TrainerOptions options)
      : model_(&model), loss_(loss), optimizer_(optimizer), options_(options) {}

  /// Called before the first sample of an epoch (or of what a resumed run has left of it), an iteration, a validation.
  void on_epoch_begin(std::function<void(const BeginRecord&)> callback);
  void on_iteration_begin(std::function<void(const BeginRecord&)> callback);
  void on_validation_begin(std::function<void(const BeginRecord&)> callback);
  /// Called with the samples of each iteration, after it has begun and before they are trained on: to look at what
  /// augmentation makes of them, say.
  void on_batch(std::function<void(const BatchRecord&)> callback);
  /// Called after each validation, iteration or epoch, in the order in which they were added. An iteration without an
  /// update, an anomaly's, has no end.
  void on_validation_end(std::function<void(const ValidationRecord&)> callback);
  void on_iteration_end(std::function<void(const IterationRecord&)> callback);
  void on_epoch_end(std::function<void(const EpochRecord&)> callback);
  /// Called when the guard has seen something, before the run does what the record says.
  void on_anomaly(std::function<void(const AnomalyRecord&)> callback);
  /// Called by the thread that called fit(), after the iteration in which a checkpoint was finished or failed.
  void on_checkpoint(std::function<void(const CheckpointRecord&)> callback);
  /// Called before the first iteration of a run that goes on from a checkpoint.
  void on_resume(std::function<void(const ResumeRecord&)> callback);

  /// Trains for `epochs` epochs, or until one of the limits in TrainerOptions is reached, from the model's parameters
  /// if it has any, else from new ones drawn with `seed`. `validation` may be empty. All sizes and labels are checked
  /// before the first iteration. Samples are normalised as the model says. With checkpoints and `resume` it goes on in
  /// the middle of an epoch and ends in the bits of a run that was never interrupted; a checkpoint of another model,
  /// optimizer, data or of options that change bits is an error, and so is a folder with checkpoints without `resume`.
  /// What goes wrong while a source or stream is read ends the run with that error; the model has the parameters of the
  /// last finished epoch, and of a run with checkpoints there is one of its last finished iteration.
  Result<History> fit(const data::Samples& train, const data::Samples& validation = {});

 private:
  Model* model_;
  Loss loss_;
  Optimizer optimizer_;
  TrainerOptions options_;
  TrainerCallbacks callbacks_;
};

/// What becomes of a feature's or channel's values. A constant one becomes 0.
enum class NormalizationMethod : std::uint8_t {
  standard,  ///< (x - mean) / standard deviation: mean 0, standard deviation 1, divided by the number of values
  min_max    ///< (x - minimum) / (maximum - minimum): 0 ... 1
};

/// What normalises `train` in this way, in one pass in double over all samples in their order, whatever loads them: the
/// same bits everywhere. Give it the training part alone, so that validation stays unseen. A sample's own mean and sum
/// of squared deviations are joined with those of all samples before (Chan, Golub, LeVeque: "Algorithms for computing
/// the sample variance", The American Statistician 37, 1983, equations 2.1), which is Welford's method where a sample
/// has one value. `progress`, if there is one, is called after each sample with the number of those that were seen.
/// Errors: no samples, a value that is not finite, those of reading.
Result<Normalization> fit_normalization(const data::Samples& train,
                                        NormalizationMethod method = NormalizationMethod::standard,
                                        const std::function<void(std::size_t samples)>& progress = {});

/// Tells these constants from others, by all of their bits; the same on every machine. A checkpoint has it too.
/// Errors: out_of_memory.
Result<std::uint64_t> hash(const Normalization& normalization);

/// In place of a predicted class: the softmax of the sample's logits is not a number, since one of them is NaN or the
/// largest is infinite. Its loss is NaN, and it counts as wrong.
inline constexpr std::int32_t no_class = -1;

/// A model's predictions over a data set.
struct Predictions {
  std::size_t classes = 0;
  std::vector<float> logits;            ///< [samples, classes]
  std::vector<std::int32_t> predicted;  ///< [samples], the (first) class with the largest logit, or no_class
};

/// Runs `model` over `data`, normalised as the model says and whatever its labels, in batches of `batch_size`.
/// `threads` as in TrainerOptions.
Result<Predictions> predict(const Model& model, const data::Samples& data, std::size_t batch_size = 128,
                            std::size_t threads = 1);

/// The predictions for samples that follow one another. The spans are valid during the call that they are given to.
struct PredictedBatch {
  std::size_t first = 0;  ///< index of the first sample, from 0
  std::size_t classes = 0;
  std::span<const float> logits;            ///< [n, classes]
  std::span<const std::int32_t> predicted;  ///< [n], the (first) class with the largest logit, or no_class
  std::span<const std::int32_t> targets;    ///< [n], the labels of the data
};

/// The same for data of any size: hands each batch to `use`, in the order of the data, and keeps nothing. Memory does
/// not depend on the number of samples; those of a source or a stream are read ahead. `use` says whether to go on, and
/// must not throw. An error of reading comes after the batches before it.
Result<void> predict(const Model& model, const data::Samples& data,
                     const std::function<bool(const PredictedBatch&)>& use, std::size_t batch_size = 128,
                     std::size_t threads = 1);

/// What was counted of one class.
struct ClassCounts {
  std::uint64_t samples = 0;    ///< whose target it is
  std::uint64_t predicted = 0;  ///< samples of any target that were predicted as it
  std::uint64_t correct = 0;    ///< of those, the ones whose target it is
  std::uint64_t undecided = 0;  ///< of its samples, those whose prediction is no_class

  friend bool operator==(const ClassCounts&, const ClassCounts&) = default;
};

/// Confusion counts and what follows from them.
struct ClassificationReport {
  std::size_t classes = 0;
  std::size_t samples = 0;
  std::vector<std::uint64_t> confusion;  ///< [classes, classes], row: target, column: prediction; empty: not counted
  std::vector<ClassCounts> by_class;     ///< [classes]
  std::vector<double> precision;         ///< per class; 0 where nothing was predicted as that class
  std::vector<double> recall;            ///< per class; 0 where the class does not occur
  double accuracy = 0;                   ///< 0 ... 1
};

/// Counts `predicted` against `targets`; both in 0 ... classes - 1 and of one size. A prediction may be no_class.
Result<ClassificationReport> classification_report(std::span<const std::int32_t> targets,
                                                   std::span<const std::int32_t> predicted, std::size_t classes);

/// From counts: `confusion` is [classes, classes], row: target, column: prediction; `undecided` [classes], or empty if
/// every sample has a prediction.
Result<ClassificationReport> classification_report(std::vector<std::uint64_t> confusion, std::size_t classes,
                                                   std::vector<std::uint64_t> undecided = {});

/// From the counts of each class alone, for so many classes that their square is too much. Errors: `shape_mismatch`
/// without a class, `invalid_argument` for counts that cannot be of one data set.
Result<ClassificationReport> classification_report(std::vector<ClassCounts> by_class);

/// A callback that prints a line an epoch to `stream`.
std::function<void(const EpochRecord&)> print_progress(std::FILE* stream = stdout);

}  // namespace treadle
