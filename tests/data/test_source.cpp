#include <treadle/source.hpp>

#include "support/files.hpp"

namespace treadle::data {
namespace {

using test::check_error, test::counting;

/// Sample i has the bytes 2i and 2i + 1 and label i mod 3.
Dataset ten() {
  std::vector<std::int32_t> labels(10);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 3);
  return Dataset::make({2}, counting(20), std::move(labels), 3, {0.5f, 1.0f}).value();
}

std::vector<int> first_bytes_of(const Source& source, const std::vector<std::uint32_t>& indices) {
  std::vector<std::byte> samples(indices.size() * 2);
  std::vector<std::int32_t> labels(indices.size());
  REQUIRE(source.read(indices, samples, labels));
  std::vector<int> first;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    first.push_back(static_cast<int>(samples[2 * i]));
    CHECK(static_cast<int>(samples[2 * i + 1]) == first.back() + 1);
    CHECK(labels[i] == first.back() / 2 % 3);
  }
  return first;
}

TEST_CASE("a fingerprint tells samples, labels and scaling apart, and is the same in memory and as a source") {
  const std::string text = fingerprint(ten()).value();
  CHECK(text.starts_with("10 of [2] classes=3 scale=0.5 offset=1 hash="));
  CHECK(fingerprint(as_source(ten()).value()).value() == text);
  std::vector<std::int32_t> labels(10, 0);
  const std::string relabelled = fingerprint(Dataset::make({2}, counting(20), labels, 3, {0.5f, 1.0f}).value()).value();
  labels[9] = 1;
  const std::string last = fingerprint(Dataset::make({2}, counting(20), labels, 3, {0.5f, 1.0f}).value()).value();
  CHECK(relabelled != text);
  CHECK(last != relabelled);
  const std::string rescaled = fingerprint(Dataset::make({2}, counting(20), labels, 3, {0.5f, 2.0f}).value()).value();
  CHECK(rescaled != last);
  // A stream's samples are not looked at.
  CHECK(fingerprint(read_in_order(as_source(ten()).value()).value()).value() ==
        "10 of [2] classes=3 scale=0.5 offset=1");
  CHECK(fingerprint(Dataset{}).value() == "none");
}

TEST_CASE("a data set as a source, a subset of it, and back in memory") {
  const std::shared_ptr<const Source> all = as_source(ten()).value();
  CHECK(all->info().size == 10);
  CHECK(all->info().classes == 3);
  CHECK(all->info().type == ElementType::uint8);
  CHECK(first_bytes_of(*all, {9, 0, 0, 4}) == std::vector<int>{18, 0, 0, 8});

  const std::shared_ptr<const Source> part = subset(all, {7, 1, 7}).value();
  CHECK(part->info().size == 3);
  CHECK(first_bytes_of(*part, {2, 1, 0}) == std::vector<int>{14, 2, 14});
  CHECK(part->labels().value() == std::vector<std::int32_t>{1, 1, 1});
  check_error(subset(all, {0, 10}), ErrorCode::invalid_argument, {"index 10 at 1", "10 samples"});

  const Dataset loaded = load(*part).value();
  CHECK(loaded.size() == 3);
  CHECK(std::vector<std::uint8_t>(loaded.bytes().begin(), loaded.bytes().end()) ==
        test::ByteVector{14, 15, 2, 3, 14, 15});
  CHECK(loaded.scaling().scale == 0.5f);
  CHECK(loaded.classes() == 3);

  // Which samples they are, through every choice among choices.
  const std::shared_ptr<const Source> again = subset(part, {2, 1}).value();
  const Dataset chosen = load(*again).value();
  CHECK(number(again, 0) == 7);
  CHECK(number(again, 1) == 1);
  CHECK(number(chosen, 0) == 7);
  CHECK(number(chosen.first(1), 0) == 7);
  CHECK(number(as_source(chosen).value(), 1) == 1);
  CHECK(number(load(*subset(all, {0, 1, 2}).value()).value(), 2) == 2);
  CHECK(number(Samples{std::shared_ptr<Stream>()}, 5) == 5);
  check_error(chosen.with_numbers({1}), ErrorCode::invalid_argument, {"a number for each of 2 samples, got 1"});
}

TEST_CASE("a subset of more samples than it translates at once") {
  const std::shared_ptr<const Source> all = as_source(ten()).value();
  std::vector<std::uint32_t> chosen(1000), every(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    chosen[i] = i * 7 % 10;
    every[i] = i;
  }
  const std::shared_ptr<const Source> part = subset(all, chosen).value();
  const std::vector<int> first = first_bytes_of(*part, every);
  for (std::size_t i = 0; i < 1000; ++i) CHECK(first[i] == static_cast<int>(2 * chosen[i]));
}

TEST_CASE("a subset of indices that ascend keeps a bit for each sample, and the first samples keep nothing") {
  const std::shared_ptr<const Source> all = as_source(ten()).value();
  const std::vector<bool> chosen = {false, true, false, false, true, true, false, false, false, true};
  const std::shared_ptr<const Source> part = subset(all, IndexSet(chosen)).value(),
                                      first = first_samples(all, 4).value();
  CHECK(part->info().size == 4);
  CHECK(first_bytes_of(*part, {3, 0, 1, 2}) == std::vector<int>{18, 2, 8, 10});
  CHECK(part->labels().value() == std::vector<std::int32_t>{1, 1, 2, 0});
  check_error(subset(all, IndexSet(std::vector<bool>(11, true))), ErrorCode::invalid_argument,
              {"index 10 is not one of 10 samples"});
  CHECK(first->info().size == 4);
  CHECK(first_bytes_of(*first, {3, 0}) == std::vector<int>{6, 0});
  CHECK(first->labels().value() == std::vector<std::int32_t>{0, 1, 2, 0});
  CHECK(first_samples(all, 11).value()->info().size == 10);

  const std::shared_ptr<const Source> listed = subset(all, std::vector<std::uint32_t>{9, 1, 2}).value();
  CHECK(all->kept_bytes() == 0);
  CHECK(first->kept_bytes() == 0);
  CHECK(part->kept_bytes() == IndexSet(chosen).bytes());
  CHECK(listed->kept_bytes() == 12);
  CHECK(first_samples(listed, 2).value()->kept_bytes() == 12);
}

TEST_CASE("a source read in order gives every sample once, and again after rewind()") {
  const std::shared_ptr<Stream> stream = read_in_order(as_source(ten()).value()).value();
  for (int pass = 0; pass < 2; ++pass) {
    REQUIRE(stream->rewind());
    std::byte sample[2];
    std::int32_t label = 0;
    for (int i = 0; i < 10; ++i) {
      REQUIRE(stream->next(sample, label).value());
      CHECK(static_cast<int>(sample[0]) == 2 * i);
      CHECK(label == i % 3);
      if (pass == 0 && i == 6) break;
    }
    if (pass == 1) CHECK(!stream->next(sample, label).value());
  }
}

TEST_CASE("what is known of samples of each kind") {
  CHECK(info(Samples{}).size == 0);
  CHECK(info(std::shared_ptr<const Source>{}).size == 0);
  CHECK(info(std::shared_ptr<Stream>{}).size == 0);
  CHECK(info(ten()).size == 10);
  CHECK(info(as_source(ten()).value()).scaling.offset == 1.0f);
  CHECK(info(ten()).sample_bytes().value() == 2);
  CHECK(SampleInfo{.shape = {3}}.sample_bytes().value() == 12);
  check_error(SampleInfo{.shape = {SIZE_MAX / 2}}.sample_bytes(), ErrorCode::too_large, {"a sample"});
}

}  // namespace
}  // namespace treadle::data
