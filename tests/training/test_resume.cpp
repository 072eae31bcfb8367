// A run that is interrupted and resumed ends where one that is not would have ended.
#include <doctest/doctest.h>

#include <sys/resource.h>

#include <treadle/source.hpp>

#include <cmath>
#include <csignal>
#include <filesystem>

#include "checkpoint_run.hpp"
#include "support/files.hpp"

using namespace treadle;
using test::CheckpointRun, test::TemporaryFolder, test::same_bits, test::same_history;

namespace {

constexpr std::uint64_t all_iterations = 15;  // 3 epochs of 47 samples by 10

CheckpointOptions in(const TemporaryFolder& folder) {
  return {.folder = folder / "checkpoints", .every_iterations = 1, .every_seconds = 0, .resume = true};
}

/// Runs `run` from start to end, stopped after each `each` iterations, with `change(options, process)` before each go.
template <class Change>
History in_pieces(CheckpointRun& run, std::uint64_t each, const Change& change) {
  run.stop_after = each;
  for (std::size_t process = 0;; ++process) {
    REQUIRE(process < 100);
    change(run.options, process);
    run.resumed.reset();
    const Result<History> history = run.fit();
    REQUIRE(history);
    CHECK(run.resumed.has_value() == (process > 0));
    if (run.resumed) CHECK(run.resumed->iteration == process * each);
    if (history->stopped != StopReason::request) return *history;
  }
}

}  // namespace

TEST_CASE("stopped after any number of iterations and resumed, every optimizer ends in the bits of one piece") {
  for (const Optimizer& optimizer : test::optimizers()) {
    CAPTURE(optimizer.index());
    CheckpointRun whole{.optimizer = optimizer};
    const History expected = whole.fit().value();
    // Every number for one optimizer; the iterations' own bits are the step's business.
    for (std::uint64_t each = 1; each <= all_iterations; each += optimizer.index() == 2 ? 1 : 6) {
      CAPTURE(each);
      const TemporaryFolder folder;
      CheckpointRun pieces{.optimizer = optimizer};
      pieces.options.checkpoints = in(folder);
      const History history = in_pieces(pieces, each, [](TrainerOptions&, std::size_t) {});
      CHECK(same_bits(pieces.parameters, whole.parameters));
      CHECK(same_history(history, expected));
    }
  }
}

TEST_CASE("each piece may have its own number of threads and micro-batch") {
  CheckpointRun whole;
  const History expected = whole.fit().value();
  const TemporaryFolder folder;
  CheckpointRun pieces;
  pieces.options.checkpoints = in(folder);
  const History history = in_pieces(pieces, 2, [](TrainerOptions& options, std::size_t process) {
    options.threads = 1 + process % 3;
    options.micro_batch = process % 4 * 3;  // 0: the whole batch
  });
  CHECK(same_bits(pieces.parameters, whole.parameters));
  CHECK(same_history(history, expected));
}

TEST_CASE("a source goes on in the middle of an epoch, and so does a stream in the middle of its window") {
  for (const std::size_t window : {0, 13}) {
    CheckpointRun whole;
    whole.train = data::as_source(test::make_data(47)).value();
    whole.options.loading.window = window;
    const History expected = whole.fit().value();
    const TemporaryFolder folder;
    CheckpointRun pieces;
    pieces.train = whole.train;
    pieces.options.loading.window = window;
    pieces.options.checkpoints = in(folder);
    const History history = in_pieces(pieces, 2, [](TrainerOptions& options, std::size_t process) {
      options.loading.threads = 1 + process % 3;
      options.loading.buffers = 2 + process % 4;
    });
    CHECK(same_bits(pieces.parameters, whole.parameters));
    CHECK(same_history(history, expected));
    pieces.options.loading.window = 20;
    CHECK(pieces.fit().error().text().find("shuffling: expected \"yes window=20\"") != std::string_view::npos);
  }
}

TEST_CASE("batches of mixed samples go on in the middle of an epoch, whatever threads and micro-batches") {
  const data::Dataset data = test::make_data(47);
  const std::shared_ptr<const data::Source> source = data::as_source(data).value();
  CheckpointRun whole;
  whole.options.loading.augmentation = {.noise = 0.1f, .mixup = 0.4f};
  const History expected = whole.fit().value();
  for (const data::Samples& train : {data::Samples{data}, data::Samples{source}}) {
    const TemporaryFolder folder;
    CheckpointRun pieces{.options = whole.options, .train = train};
    pieces.options.checkpoints = in(folder);
    const History history = in_pieces(pieces, 2, [](TrainerOptions& options, std::size_t process) {
      options.loading.threads = 1 + process % 3;
      options.threads = 1 + process % 2;
      options.micro_batch = process % 4 * 3;
    });
    CHECK(same_bits(pieces.parameters, whole.parameters));
    CHECK(same_history(history, expected));
    pieces.options.loading.augmentation.mixup = 0.2f;
    CHECK(pieces.fit().error().text().find("augmentation: expected \"yes") != std::string_view::npos);
  }
}

TEST_CASE("samples that are read ahead from a source or a stream go on where they were") {
  const std::shared_ptr<const data::Source> source = data::as_source(test::make_data(47)).value();
  const auto check = [&](const data::Samples& train, std::size_t window, std::size_t batch_size) {
    CheckpointRun whole{.train = train};
    whole.options.loading.window = window;
    whole.options.batch_size = batch_size;
    const History expected = whole.fit().value();
    for (std::uint64_t each : {1, 2, 5, 7}) {
      CAPTURE(each);
      const TemporaryFolder folder;
      CheckpointRun pieces{.train = train};
      pieces.options.loading.window = window;
      pieces.options.batch_size = batch_size;
      pieces.options.checkpoints = in(folder);
      const History history = in_pieces(pieces, each, [](TrainerOptions&, std::size_t) {});
      CHECK(same_bits(pieces.parameters, whole.parameters));
      CHECK(same_history(history, expected));
    }
    return whole.parameters;
  };
  CheckpointRun in_memory;
  REQUIRE(in_memory.fit());
  CHECK(same_bits(check(source, 0, 10), in_memory.parameters));
  const std::vector<float> windowed = check(source, 16, 10);
  CHECK(!same_bits(windowed, in_memory.parameters));
  CHECK(same_bits(check(data::read_in_order(source).value(), 16, 10), windowed));
}

namespace {

/// Samples that can be read so many times only.
class Failing final : public data::Source {
 public:
  Failing(const data::Dataset& data, std::int64_t reads) : source_(data::as_source(data).value()), left_(reads) {}
  const data::SampleInfo& info() const noexcept override { return source_->info(); }
  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> samples,
                    std::span<std::int32_t> labels) const override {
    if (left_-- <= 0) return Error{ErrorCode::io, "the card is gone"};
    return source_->read(indices, samples, labels);
  }
  Result<std::vector<std::int32_t>> labels() const override { return source_->labels(); }

 private:
  std::shared_ptr<const data::Source> source_;
  mutable std::atomic<std::int64_t> left_;
};

}  // namespace

TEST_CASE("a run whose data cannot be read any more leaves a checkpoint of where it came, and goes on from it") {
  const auto failing = [](const data::Samples& samples, std::int64_t reads) {
    return data::Samples{
        std::shared_ptr<const data::Source>(std::make_shared<Failing>(std::get<data::Dataset>(samples), reads))};
  };
  CheckpointRun whole;
  const History expected = whole.fit().value();
  // The fingerprint reads each of the 47 samples, or of the 21 for validation, once; a batch is one read.
  for (const std::int64_t batches : {1, 4, 5, 8}) {
    for (const bool while_validating : {false, true}) {
      CAPTURE(batches);
      CAPTURE(while_validating);
      const TemporaryFolder folder;
      CheckpointRun run;
      run.options.checkpoints = CheckpointOptions{.folder = folder / "checkpoints", .every_seconds = 1e6};
      (while_validating ? run.validation : run.train) =
          failing(while_validating ? run.validation : run.train, (while_validating ? 21 : 47) + batches);
      const Result<History> failed = run.fit();
      REQUIRE_FALSE(failed);
      CHECK(failed.error().text().find("the card is gone") != std::string_view::npos);
      REQUIRE(run.records.size() == 1);
      CHECK_FALSE(run.records[0].error);
      // Three batches are a validation.
      CHECK(run.records[0].iteration == static_cast<std::uint64_t>(while_validating ? batches / 3 * 5 + 5 : batches));
      run.train = whole.train;
      run.validation = whole.validation;
      run.options.checkpoints->resume = true;
      CHECK(same_history(run.fit().value(), expected));
      CHECK(same_bits(run.parameters, whole.parameters));
    }
  }
  // Where nothing was trained there is nothing to go on from, and nothing in the way of a new start.
  const TemporaryFolder folder;
  CheckpointRun run;
  run.options.checkpoints = CheckpointOptions{.folder = folder / "checkpoints"};
  run.train = failing(run.train, 47);
  CHECK_FALSE(run.fit());
  CHECK(run.records.empty());
  run.train = whole.train;
  CHECK(run.fit());
}

TEST_CASE("early stopping, schedules and limits go on where they were") {
  const auto check = [](const auto& change) {
    CheckpointRun whole;
    change(whole.options);
    const History expected = whole.fit().value();
    for (std::uint64_t each : {1, 3, 5}) {
      CAPTURE(each);
      const TemporaryFolder folder;
      CheckpointRun pieces;
      change(pieces.options);
      pieces.options.checkpoints = in(folder);
      const History history = in_pieces(pieces, each, [](TrainerOptions&, std::size_t) {});
      CHECK(same_bits(pieces.parameters, whole.parameters));
      CHECK(same_history(history, expected));
    }
    return expected;
  };
  for (const bool restore : {true, false}) {
    const History history = check([restore](TrainerOptions& options) {
      options.epochs = 12;
      options.schedule = ConstantRate{};
      options.early_stopping = EarlyStopping{.patience = 2, .least_improvement = 0.03, .restore_best = restore};
    });
    CHECK(history.stopped == StopReason::no_improvement);
  }
  check([](TrainerOptions& options) { options.schedule = OneCycle{}; });
  check([](TrainerOptions& options) {
    options.schedule = CosineDecay{.floor = 0.1};
    options.warm_up = 7;
  });
  check([](TrainerOptions& options) {
    options.schedule = StepDecay{.epochs = 1, .factor = 0.5};
    options.shuffle = false;
  });
  CHECK(check([](TrainerOptions& options) { options.max_iterations = 8; }).stopped == StopReason::iterations);
}

TEST_CASE("across a resume each sample is seen exactly once an epoch") {
  // A sample is a unit vector of its own, so that only its own weights move when it is seen, each time by about
  // rate / (2 batch_size): they start at zero and hardly leave it.
  constexpr std::size_t samples = 31;
  std::vector<float> values(samples * samples);
  for (std::size_t i = 0; i < samples; ++i) values[i * samples + i] = 1.0f;
  const data::Dataset data =
      data::Dataset::make({samples}, std::move(values), std::vector<std::int32_t>(samples, 0), 2).value();
  for (std::size_t batch_size : {1, 4, 10, 31})
    for (std::size_t threads : {1, 2})
      for (std::uint64_t stopped_after = 1; stopped_after <= 31 / batch_size; stopped_after += 1 + 7 / batch_size) {
        CAPTURE(batch_size);
        CAPTURE(stopped_after);
        const TemporaryFolder folder;
        Model model({samples}, {Dense{2, false}});
        for (std::uint64_t limit : {stopped_after, UINT64_MAX}) {
          REQUIRE(model.set_parameters(std::vector<float>(2 * samples)));
          std::atomic<bool> stop = false;
          std::uint64_t iterations = 0;
          Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e-4f},
                          {.epochs = 1,
                           .batch_size = batch_size,
                           .schedule = ConstantRate{},
                           .threads = threads,
                           .checkpoints = in(folder),
                           .stop = &stop});
          trainer.on_iteration_end([&](const IterationRecord&) { stop = ++iterations == limit; });
          REQUIRE(trainer.fit(data));
        }
        const std::size_t short_batch = samples % batch_size;
        for (std::size_t i = 0; i < samples; ++i) {
          const double moved = static_cast<double>(model.parameters()[i]);
          const bool once = std::abs(moved * 2e4 * static_cast<double>(batch_size) - 1) < 0.01;
          const bool once_in_short =
              short_batch != 0 && std::abs(moved * 2e4 * static_cast<double>(short_batch) - 1) < 0.01;
          CHECK((once || once_in_short));
        }
      }
}

TEST_CASE("a run without a stop and one that writes checkpoints have the same bits, and checkpoints are reported") {
  CheckpointRun plain, writing;
  REQUIRE(plain.fit());
  const TemporaryFolder folder;
  writing.options.checkpoints = in(folder);
  REQUIRE(writing.fit());
  CHECK(same_bits(plain.parameters, writing.parameters));
  REQUIRE(!writing.records.empty());
  std::uint64_t seen = 0;
  for (const CheckpointRecord& record : writing.records) {
    CHECK(!record.error);
    CHECK(record.bytes > 0);
    // One is written for each iteration, or was skipped because one was being written.
    CHECK(record.iteration > seen);
    seen = record.iteration;
  }
  CHECK(std::filesystem::file_size(writing.records.back().path) == writing.records.back().bytes);
}

TEST_CASE("a full disk stops no training and harms no checkpoint") {
  CheckpointRun whole;
  REQUIRE(whole.fit());
  const TemporaryFolder folder;
  CheckpointRun first;
  first.options.checkpoints = in(folder);
  first.stop_after = 4;
  REQUIRE(first.fit());
  REQUIRE(first.records.back().iteration == 4);
  const std::string path = first.records.back().path;
  const test::ByteVector newest = test::get_file(path);

  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  CheckpointRun full;
  full.options.checkpoints = in(folder);
  const Result<History> history = full.fit();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);

  REQUIRE(history);
  CHECK(same_bits(full.parameters, whole.parameters));
  REQUIRE(!full.records.empty());
  for (const CheckpointRecord& record : full.records) {
    REQUIRE(record.error);
    CHECK(record.error->text().find("File too large") != std::string_view::npos);
  }
  CHECK(test::get_file(path) == newest);
  CheckpointRun again;
  again.options.checkpoints = in(folder);
  REQUIRE(again.fit());
  REQUIRE(again.resumed);
  CHECK(again.resumed->iteration == 4);
  CHECK(same_bits(again.parameters, whole.parameters));
}

TEST_CASE("a limit of bytes an hour is kept, and one that no checkpoint fits in is refused") {
  const TemporaryFolder folder;
  CheckpointRun run;
  run.options.checkpoints = in(folder);
  run.options.checkpoints->most_bytes_per_hour = 1'000'000;  // some dozens, so none in the first second
  REQUIRE(run.fit());
  CHECK(run.records.empty());
  run.options.checkpoints->most_bytes_per_hour = 100;
  test::check_error(run.fit(), ErrorCode::invalid_argument, {"more than the limit of 100 bytes an hour"});
}

TEST_CASE("a checkpoint of another run is refused with the first thing that differs") {
  const TemporaryFolder folder;
  CheckpointRun first;
  first.options.checkpoints = in(folder);
  first.stop_after = 4;
  REQUIRE(first.fit());
  const auto refused = [&](auto change, std::initializer_list<std::string_view> words) {
    CheckpointRun other;
    other.options.checkpoints = in(folder);
    change(other);
    test::check_error(other.fit(), ErrorCode::invalid_argument, words);
  };
  refused([](CheckpointRun& r) { r.options.batch_size = 11; }, {"batch size", "\"11\"", "\"10\""});
  refused([](CheckpointRun& r) { r.options.epochs = 4; }, {"epochs"});
  refused([](CheckpointRun& r) { r.options.seed = 4; }, {"seed"});
  refused([](CheckpointRun& r) { r.options.schedule = OneCycle{}; }, {"schedule", "one-cycle", "linear"});
  refused([](CheckpointRun& r) { r.options.warm_up = 2; }, {"warm-up"});
  refused([](CheckpointRun& r) { r.options.max_iterations = 14; }, {"limit of iterations"});
  refused([](CheckpointRun& r) { r.options.early_stopping = EarlyStopping{}; }, {"early stopping"});
  refused([](CheckpointRun& r) { r.options.shuffle = false; }, {"shuffling", "no", "yes"});
  refused([](CheckpointRun& r) { r.optimizer = AdamW{.learning_rate = 0.02f}; }, {"optimizer", "0.02", "0.01"});
  refused([](CheckpointRun& r) { r.optimizer = Sgd{}; }, {"optimizer", "Sgd", "AdamW"});
  refused([](CheckpointRun& r) { r.train = test::make_data(47, 9); }, {"training data", "hash="});
  refused([](CheckpointRun& r) { r.train = test::make_data(46); }, {"training data", "46 of", "47 of"});
  refused([](CheckpointRun& r) { r.validation = data::Dataset{}; }, {"validation data", "none"});
  refused([](CheckpointRun& r) { r.options.checkpoints->resume = false; }, {"checkpoints of an earlier run"});
  // What changes no bits is no reason.
  CheckpointRun same;
  same.options.checkpoints = in(folder);
  same.options.threads = 2;
  same.options.micro_batch = 3;
  CHECK(same.fit());
}

TEST_CASE("a stop before the first iteration leaves a checkpoint to start from, and none is needed to resume") {
  CheckpointRun whole;
  REQUIRE(whole.fit());
  const TemporaryFolder folder;
  CheckpointRun run;
  run.options.checkpoints = in(folder);
  run.stop_after = 0;
  const History history = run.fit().value();
  CHECK(history.stopped == StopReason::request);
  CHECK(history.epochs.empty());
  CHECK(!run.resumed);
  run.stop_after = UINT64_MAX;
  REQUIRE(run.fit());
  REQUIRE(run.resumed);
  CHECK(run.resumed->iteration == 0);
  CHECK(same_bits(run.parameters, whole.parameters));
}

TEST_CASE("two runs cannot write to one folder") {
  const TemporaryFolder folder;
  CheckpointRun outer, inner;
  outer.options.checkpoints = inner.options.checkpoints = in(folder);
  Model model = test::awkward_model();
  Trainer trainer(model, SoftmaxCrossEntropy{}, outer.optimizer, outer.options);
  bool refused = false;
  trainer.on_epoch_end([&](const EpochRecord&) {
    const Result<History> history = inner.fit();
    refused = !history && history.error().text().find("another run is at it") != std::string_view::npos;
  });
  REQUIRE(trainer.fit(outer.train, outer.validation));
  CHECK(refused);
}
