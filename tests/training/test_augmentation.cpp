#include "training/augmenter.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <treadle/training.hpp>
#include "support/networks.hpp"

using namespace treadle;
using data::Augmentation;

namespace {

using Values = std::vector<float>;

Values counting(std::size_t count) {
  Values values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 1);
  return values;
}

Values augmented(const Augmentation& options, const Shape& shape, Values sample, std::size_t epoch = 1,
                 std::uint64_t place = 0, std::uint64_t seed = 1) {
  REQUIRE(training::check_augmentation(options, shape));
  const training::Augmenter augmenter(options, shape, seed);
  Values scratch(augmenter.scratch());
  augmenter.apply(sample, scratch, epoch, place);
  return sample;
}

/// All that becomes of `sample` at many places.
std::set<Values> outcomes(const Augmentation& options, const Shape& shape, const Values& sample) {
  std::set<Values> all;
  for (std::uint64_t place = 0; place < 500; ++place) all.insert(augmented(options, shape, sample, 1, place));
  return all;
}

}  // namespace

TEST_CASE("nothing happens to a sample unless it is asked for") {
  CHECK(!Augmentation{}.active());
  CHECK(augmented({}, {3, 4, 1}, counting(12)) == counting(12));
}

TEST_CASE("flips and shifts move pixels and change none") {
  // 1 2 3 / 4 5 6, two channels each.
  const Values image = {1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6};
  const Values mirrored = {3, -3, 2, -2, 1, -1, 6, -6, 5, -5, 4, -4};
  const Values upside_down = {4, -4, 5, -5, 6, -6, 1, -1, 2, -2, 3, -3};
  CHECK(outcomes({.flip_left_right = true}, {2, 3, 2}, image) == std::set<Values>{image, mirrored});
  CHECK(outcomes({.flip_up_down = true}, {2, 3, 2}, image) == std::set<Values>{image, upside_down});
  CHECK(outcomes({.flip_left_right = true, .flip_up_down = true}, {2, 3, 2}, image).size() == 4);

  const std::set<Values> shifted = outcomes({.shift = 1, .fill = 9}, {2, 2, 1}, {1, 2, 3, 4});
  const std::set<Values> expected = {{1, 2, 3, 4}, {9, 1, 9, 3}, {2, 9, 4, 9}, {9, 9, 1, 2}, {3, 4, 9, 9},
                                     {9, 9, 9, 1}, {9, 9, 2, 9}, {9, 3, 9, 9}, {4, 9, 9, 9}};
  CHECK(shifted == expected);
}

TEST_CASE("a rotation by an angle is the one that trigonometry gives") {
  // A single bright pixel right of the middle of a 9x9 image: its centre of mass turns around the middle.
  Values image(81);
  image[4 * 9 + 7] = 1;
  double largest = 0;
  for (std::uint64_t place = 0; place < 200; ++place) {
    const Values turned = augmented({.rotate = 90}, {9, 9, 1}, image, 1, place);
    double mass = 0, y = 0, x = 0;
    for (std::size_t i = 0; i < 81; ++i) {
      mass += static_cast<double>(turned[i]);
      y += static_cast<double>(turned[i]) * (static_cast<double>(i / 9) - 4);
      x += static_cast<double>(turned[i]) * (static_cast<double>(i % 9) - 4);
    }
    REQUIRE(mass > 0.5);
    // Bilinear weights are not an exact kernel for the centre: within a third of a pixel.
    CHECK(std::abs(std::hypot(y / mass, x / mass) - 3) < 0.34);
    CHECK(x / mass > -0.34);
    largest = std::max(largest, std::abs(std::atan2(y, x)));
  }
  CHECK(largest > 1.4);  // of pi / 2

  // Half a turn puts pixel (r, c) at (h - 1 - r, w - 1 - c); the angle nearest to it among many is close enough.
  float nearest = 0;
  for (std::uint64_t place = 0; place < 5000; ++place)
    nearest = std::max(nearest, augmented({.rotate = 180}, {9, 9, 1}, image, 1, place)[4 * 9 + 1]);
  CHECK(nearest > 0.99f);
}

TEST_CASE("a crop enlarges a part of the image and reads nothing outside of it") {
  const Values image = counting(100);
  for (std::uint64_t place = 0; place < 300; ++place) {
    const Values cropped = augmented({.crop = 0.5f, .fill = -1000}, {10, 10, 1}, image, 1, place);
    for (const float value : cropped) CHECK(value > 0.99f);
    // A plane stays a plane: neighbours differ by the part that was kept.
    const float step = cropped[1] - cropped[0];
    CHECK(step >= 0.499f);
    CHECK(step <= 1.001f);
    CHECK(std::abs(cropped[10] - cropped[0] - 10 * step) < 0.01f);
  }
}

TEST_CASE("a cutout fills a square around any pixel") {
  std::set<std::size_t> sizes;
  for (std::uint64_t place = 0; place < 300; ++place) {
    const Values cut = augmented({.cutout = 3}, {6, 7, 2}, counting(84), 1, place);
    const auto filled = static_cast<std::size_t>(std::count(cut.begin(), cut.end(), 0.0f));
    sizes.insert(filled / 2);
    CHECK(filled % 2 == 0);
  }
  CHECK(sizes == std::set<std::size_t>{4, 6, 9});  // in a corner, at an edge, inside
  CHECK(outcomes({.cutout = 100}, {2, 2, 1}, counting(4)) == std::set<Values>{Values(4)});
}

TEST_CASE("signals are shifted in time and made louder") {
  CHECK(outcomes({.time_shift = 1, .fill = 9}, {3}, {1, 2, 3}) == std::set<Values>{{1, 2, 3}, {9, 1, 2}, {2, 3, 9}});
  CHECK(outcomes({.time_shift = 1}, {2, 2}, {1, 2, 3, 4}) ==
        std::set<Values>{{1, 2, 3, 4}, {0, 0, 1, 2}, {3, 4, 0, 0}});
  CHECK(outcomes({.time_shift = 50, .fill = 9}, {2}, {1, 2}).count({9, 9}) == 1);
  float least = 9, most = 0;
  for (const Values& louder : outcomes({.gain = 0.25f}, {2}, {1, 2})) {
    CHECK(louder[1] == 2 * louder[0]);
    least = std::min(least, louder[0]);
    most = std::max(most, louder[0]);
  }
  CHECK(least >= 0.75f);
  CHECK(least < 0.76f);
  CHECK(most <= 1.25f);
  CHECK(most > 1.24f);
}

TEST_CASE("noise has the mean and the deviation that it should have") {
  constexpr std::size_t count = 100'000;
  const Values noise = augmented({.noise = 2}, {count}, Values(count));
  double sum = 0, squares = 0, fourth = 0;
  for (const float value : noise) {
    const double square = static_cast<double>(value) * static_cast<double>(value);
    sum += static_cast<double>(value);
    squares += square;
    fourth += square * square;
  }
  // Four standard errors: 4 * 2 / sqrt(n), and 4 * sqrt(2 / n) of the variance.
  CHECK(std::abs(sum / count) < 0.0253);
  CHECK(std::abs(squares / count - 4) < 4 * 0.018);
  // The kurtosis of a sum of eight uniform numbers is 3 - 1.2 / 8.
  CHECK(std::abs(fourth / count / 16 - 2.85) < 0.1);
}

TEST_CASE("seed, epoch and place alone decide what becomes of a sample") {
  const Augmentation options{
      .shift = 2, .flip_left_right = true, .rotate = 20, .crop = 0.2f, .gain = 0.1f, .noise = 0.1f};
  const auto once = [&](std::size_t epoch, std::uint64_t place, std::uint64_t seed) {
    return augmented(options, {5, 5, 1}, counting(25), epoch, place, seed);
  };
  CHECK(once(1, 2, 3) == once(1, 2, 3));
  CHECK(once(1, 2, 3) != once(2, 2, 3));
  CHECK(once(1, 2, 3) != once(1, 3, 3));
  CHECK(once(1, 2, 3) != once(1, 2, 4));
}

TEST_CASE("training with augmentation ends in the same bits from memory and from a source, with any threads") {
  const data::Dataset data =
      data::Dataset::make({7, 5, 1}, test::random_values(97 * 35, 1), test::random_classes(97, 3, 1), 3).value();
  const auto trained = [&](const data::Samples& samples, std::size_t threads, const Augmentation& augmentation) {
    Model model = test::awkward_model();
    Trainer trainer(model, SoftmaxCrossEntropy{}, AdamW{},
                    {.epochs = 3,
                     .batch_size = 16,
                     .threads = threads,
                     .loading = {.threads = threads, .augmentation = augmentation}});
    REQUIRE(trainer.fit(samples, samples));
    return Values(model.parameters().begin(), model.parameters().end());
  };
  const Augmentation options{.shift = 1, .flip_left_right = true, .rotate = 9, .cutout = 2, .noise = 0.1f};
  const Values expected = trained(data, 1, options);
  const data::Samples source = data::as_source(data).value();
  CHECK(test::same_bits(trained(data, 3, options), expected));
  for (const std::size_t threads : {1, 3}) CHECK(test::same_bits(trained(source, threads, options), expected));
  CHECK(!test::same_bits(trained(data, 1, {}), expected));
}

TEST_CASE("augmentations that make no sense, or do not go with the samples, are refused") {
  const auto refused = [](const Augmentation& options, const Shape& shape) {
    return std::string(training::check_augmentation(options, shape).error().text());
  };
  CHECK(refused({.rotate = 181}, {3, 3, 1}).find("rotate") != std::string::npos);
  CHECK(refused({.rotate = std::nanf("")}, {3, 3, 1}).find("rotate") != std::string::npos);
  CHECK(refused({.crop = 0.95f}, {3, 3, 1}).find("crop") != std::string::npos);
  CHECK(refused({.gain = -1}, {3}).find("gain") != std::string::npos);
  CHECK(refused({.noise = -1}, {3}).find("noise") != std::string::npos);
  CHECK(refused({.cutout = 1, .fill = INFINITY}, {3, 3, 1}).find("fill") != std::string::npos);
  CHECK(refused({.shift = SIZE_MAX}, {3, 3, 1}).find("shift") != std::string::npos);
  CHECK(refused({.shift = 1}, {9}).find("not with [9]") != std::string::npos);
  CHECK(refused({.time_shift = 1}, {3, 3, 1}).find("not with [3, 3, 1]") != std::string::npos);
}
