// prefetch_rate LEAST: trains on samples in memory and on the same samples from a source that takes half as long as the
// training, in turns. Fails when the source's median samples/s are below LEAST (0.95) of those in memory.
#include <treadle/treadle.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace treadle;

namespace {

constexpr std::size_t samples = 12'800, batch_size = 128, rounds = 5;

/// A disk: whoever reads waits for it and leaves the processor to others.
class SlowSource final : public data::Source {
 public:
  SlowSource(std::shared_ptr<const data::Source> source, double seconds_per_batch)
      : source_(std::move(source)), seconds_(seconds_per_batch) {}
  const data::SampleInfo& info() const noexcept override { return source_->info(); }
  Result<void> read(std::span<const std::uint32_t> indices, std::span<std::byte> stored,
                    std::span<std::int32_t> labels) const override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_);
    const Result<void> got = source_->read(indices, stored, labels);
    std::this_thread::sleep_until(end);
    return got;
  }
  Result<std::vector<std::int32_t>> labels() const override { return source_->labels(); }

 private:
  std::shared_ptr<const data::Source> source_;
  double seconds_;
};

double samples_per_second(const data::Samples& data) {
  Model model = preset("mlp", {28, 28, 1}, 10).value();
  Trainer trainer(model, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9f}, {.epochs = 1, .batch_size = batch_size});
  return trainer.fit(data).value().epochs.back().samples_per_second;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const double least = argc > 1 ? std::atof(argv[1]) : 0.95;
  const data::Dataset data = data::Dataset::make({28, 28, 1}, std::vector<std::uint8_t>(samples * 784, 100),
                                                 std::vector<std::int32_t>(samples, 1), 10)
                                 .value();
  const std::shared_ptr<const data::Source> source = data::as_source(data).value();
  std::vector<double> memory, streamed, ratios;
  samples_per_second(data);  // warms up
  for (std::size_t round = 0; round < rounds; ++round) {
    memory.push_back(samples_per_second(data));
    const double half = 0.5 * batch_size / memory.back();
    streamed.push_back(samples_per_second(std::make_shared<const SlowSource>(source, half)));
    ratios.push_back(streamed.back() / memory.back());
  }
  const double ratio = median(ratios);
  std::printf("in memory %.0f samples/s, from a reader twice as fast %.0f samples/s: %.1f %%, expected %.0f %%\n",
              median(memory), median(streamed), 100 * ratio, 100 * least);
  return ratio >= least ? EXIT_SUCCESS : EXIT_FAILURE;
}
