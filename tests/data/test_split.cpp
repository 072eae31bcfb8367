#include <treadle/split.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "support/broken_files.hpp"
#include "support/sources.hpp"

namespace treadle::data {
namespace {

using test::check_error, test::to_bytes;

/// Both parts ascend and have every sample once.
void check_whole(const Split& parts, std::size_t samples) {
  std::set<std::uint32_t> all;
  for (const IndexSet* part : {&parts.train, &parts.validation}) {
    const std::vector<std::uint32_t> indices = part->indices();
    CHECK(indices.size() == part->size());
    CHECK(std::is_sorted(indices.begin(), indices.end()));
    for (std::size_t i = 0; i < indices.size(); ++i) CHECK((*part)[i] == indices[i]);
    all.insert(indices.begin(), indices.end());
  }
  CHECK(all.size() == samples);
  CHECK(parts.train.size() + parts.validation.size() == samples);
  CHECK(*all.rbegin() == samples - 1);
}

TEST_CASE("a split by fraction has every sample once and depends on the seed") {
  for (const std::size_t samples : {2, 3, 10, 1000})
    for (const double fraction : {0.25, 0.5, 0.74}) {
      const Split parts = split(samples, fraction, 7).value();
      check_whole(parts, samples);
      CHECK(parts.validation.size() == static_cast<std::size_t>(fraction * static_cast<double>(samples) + 0.5));
      CHECK(split(samples, fraction, 7).value().validation.indices() == parts.validation.indices());
    }
  CHECK(split(1000, 0.1, 1).value().validation.indices() != split(1000, 0.1, 2).value().validation.indices());
  for (const double fraction : {0.0, 1.0, -0.1, 1.5})
    check_error(split(10, fraction, 1), ErrorCode::invalid_argument, {"between 0 and 1"});
  check_error(split(10, 0.01, 1), ErrorCode::invalid_argument, {"of 10 samples none", "validation"});
  check_error(split(10, 0.99, 1), ErrorCode::invalid_argument, {"of 10 samples none", "training"});
  check_error(split(0, 0.5, 1), ErrorCode::invalid_argument, {"none"});
}

TEST_CASE("a stratified split has the same part of every class") {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < 300; ++i) labels.push_back(i % 10 == 0 ? 2 : i % 3 == 0 ? 0 : 5);
  std::map<std::int32_t, std::size_t> all, chosen;
  for (const std::int32_t label : labels) ++all[label];
  const Split parts = split_stratified(labels, 0.2, 3).value();
  check_whole(parts, labels.size());
  for (const std::uint32_t sample : parts.validation.indices()) ++chosen[labels[sample]];
  for (const auto& [label, count] : all)
    CHECK(chosen[label] == static_cast<std::size_t>(0.2 * static_cast<double>(count) + 0.5));
  CHECK(split_stratified(labels, 0.2, 4).value().validation.indices() != parts.validation.indices());
  check_error(split_stratified({}, 0.2, 4), ErrorCode::invalid_argument, {"none"});
}

TEST_CASE("a stratified split of small classes keeps its fraction, and each class its share to less than a sample") {
  for (const std::size_t classes : {1, 3, 20, 300})
    for (const std::size_t each : {1, 2, 5, 9})
      for (const double fraction : {0.1, 0.25, 0.29, 0.5, 0.9}) {
        std::vector<std::int32_t> labels;
        // Sizes differ, and samples of a class do not follow one another.
        for (std::size_t i = 0; i < classes * each + classes / 2; ++i)
          labels.push_back(static_cast<std::int32_t>(i % classes * 7));
        const auto wanted = static_cast<std::size_t>(fraction * static_cast<double>(labels.size()) + 0.5);
        const Result<Split> parts = split_stratified(labels, fraction, classes + each);
        CHECK(parts.has_value() == (wanted > 0 && wanted < labels.size()));
        if (!parts) continue;
        check_whole(*parts, labels.size());
        CHECK(parts->validation.size() == wanted);
        std::map<std::int32_t, double> left;
        for (const std::int32_t label : labels) left[label] += fraction;
        for (const std::uint32_t sample : parts->validation.indices()) left[labels[sample]] -= 1;
        for (const auto& [label, difference] : left) CHECK(std::abs(difference) < 1);
      }
  // Which of equal classes are rounded up depends on the seed.
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < 100; ++i) labels.push_back(static_cast<std::int32_t>(i / 5));
  std::set<std::int32_t> chosen;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (const std::uint32_t sample : split_stratified(labels, 0.1, seed).value().validation.indices())
      chosen.insert(labels[sample]);
  CHECK(chosen.size() == 20);
}

TEST_CASE("no group is in both parts, and validation is as near to its fraction as the groups allow") {
  // Groups of 1, 2, ... 20 samples, mixed.
  std::vector<std::int32_t> groups;
  for (std::int32_t size = 1; size <= 20; ++size) groups.insert(groups.end(), static_cast<std::size_t>(size), -size);
  for (std::size_t i = 0; i < groups.size(); ++i) std::swap(groups[i], groups[i * 37 % groups.size()]);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split parts = split_by_group(groups, 0.3, seed).value();
    check_whole(parts, groups.size());
    std::set<std::int32_t> train, validation;
    for (const std::uint32_t sample : parts.train.indices()) train.insert(groups[sample]);
    for (const std::uint32_t sample : parts.validation.indices()) validation.insert(groups[sample]);
    for (const std::int32_t group : validation) CHECK(train.count(group) == 0);
    CHECK(parts.validation.size() > 50);
    CHECK(parts.validation.size() < 76);
  }
  CHECK(split_by_group(groups, 0.3, 1).value().validation.indices() !=
        split_by_group(groups, 0.3, 2).value().validation.indices());
  check_error(split_by_group(std::vector<std::int32_t>(9, 4), 0.3, 1), ErrorCode::invalid_argument,
              {"all samples are of one group"});
  check_error(split_by_group({}, 0.3, 1), ErrorCode::invalid_argument, {"none"});
}

TEST_CASE("of few groups at least one is in each part, as near to the fraction as they allow") {
  struct Case {
    std::vector<std::size_t> sizes;
    double fraction;
    std::size_t expected;
  };
  const Case cases[] = {{{20, 20, 20, 20, 20}, 0.1, 20}, {{20, 20, 20, 20, 20}, 0.99, 80},
                        {{20, 20, 20, 20, 20}, 0.4, 40}, {{50, 50}, 0.9, 50},
                        {{50, 50}, 0.001, 50},           {{40, 30, 30}, 0.05, 30},
                        {{97, 1, 2}, 0.995, 99},         {{1, 1}, 0.5, 1}};
  for (const Case& c : cases)
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      std::vector<std::int32_t> groups;
      for (std::size_t group = 0; group < c.sizes.size(); ++group)
        groups.insert(groups.end(), c.sizes[group], static_cast<std::int32_t>(group));
      INFO(c.fraction);
      CHECK(split_by_group(groups, c.fraction, seed).value().validation.size() == c.expected);
    }
}

TEST_CASE("a set of indices gives each by its place, across all its blocks") {
  for (const std::size_t size : {0, 1, 63, 64, 65, 511, 512, 513, 5000})
    for (const std::size_t every : {1, 3, 700}) {
      std::vector<bool> chosen(size);
      std::vector<std::uint32_t> yes, no;
      for (std::size_t i = 0; i < size; ++i) {
        chosen[i] = i % every == every - 1;
        (chosen[i] ? yes : no).push_back(static_cast<std::uint32_t>(i));
      }
      const IndexSet set(chosen), others(chosen, false);
      CHECK(set.indices() == yes);
      CHECK(others.indices() == no);
      REQUIRE(set.size() == yes.size());
      REQUIRE(others.size() == no.size());
      for (std::size_t i = 0; i < yes.size(); ++i) CHECK(set[i] == yes[i]);
      for (std::size_t i = 0; i < no.size(); ++i) CHECK(others[i] == no[i]);
      CHECK(set.bytes() <= size / 7 + 16);
    }
}

TEST_CASE("a split from a file of indices") {
  const Split parts = parse_split("3\n0\r\n7", 9).value();
  CHECK(parts.validation.indices() == std::vector<std::uint32_t>{0, 3, 7});
  CHECK(parts.train.indices() == std::vector<std::uint32_t>{1, 2, 4, 5, 6, 8});
  const test::TemporaryFolder folder;
  test::put_file(folder / "validation.txt", to_bytes("1\n"));
  CHECK(split_by_file(folder / "validation.txt", 2).value().train.indices() == std::vector<std::uint32_t>{0});
  check_error(split_by_file(folder / "validation.txt", 1), ErrorCode::bad_format, {"validation.txt: line 1"});
  check_error(split_by_file(folder / "nothing", 1), ErrorCode::not_found, {"nothing"});

  constexpr auto bad = ErrorCode::bad_format;
  const test::BrokenFile cases[] = {
      {"out of range", to_bytes("1\n9\n"), bad, "line 2: expected an index in 0 ... 8, got \"9\""},
      {"negative", to_bytes("-1"), bad, "line 1"},
      {"text", to_bytes("one"), bad, "got \"one\""},
      {"two in a line", to_bytes("1 2"), bad, "line 1"},
      {"an empty line", to_bytes("1\n\n2"), bad, "line 2"},
      {"twice", to_bytes("1\n2\n1\n"), bad, "line 3: sample 1 occurs twice"},
      {"too many digits", to_bytes("99999999999999999999999"), bad, "line 1"},
      {"nothing", {}, ErrorCode::invalid_argument, "validation"},
      {"all", to_bytes("0\n1\n2\n3\n4\n5\n6\n7\n8\n"), ErrorCode::invalid_argument, "training"},
  };
  test::check_broken(cases, [](const test::ByteVector& file) {
    return parse_split({reinterpret_cast<const char*>(file.data()), file.size()}, 9);
  });

  CHECK(parse_indices("3\n0\r\n7", 9).value().indices() == std::vector<std::uint32_t>{0, 3, 7});
  CHECK(parse_indices("1\n0\n", 2).value().size() == 2);  // all of them, which a split cannot have
  CHECK(indices_by_file(folder / "validation.txt", 2).value().indices() == std::vector<std::uint32_t>{1});
  check_error(indices_by_file(folder / "validation.txt", 1), bad, {"validation.txt: line 1"});
  check_error(parse_indices("", 2), bad, {"no index"});
}

TEST_CASE("a split makes two parts of a data set or a source, not of a stream") {
  const Split parts = parse_split("1\n", 3).value();
  const Dataset data = Dataset::make({1}, std::vector<float>{5, 6, 7}, {0, 1, 2}, 4).value();
  for (const Samples& samples : {Samples{data}, Samples{as_source(data).value()}}) {
    const Parts made = apply(parts, samples).value();
    CHECK(info(made.train).size == 2);
    CHECK(info(made.train).classes == 4);
    CHECK(labels_of(made.train).value() == std::vector<std::int32_t>{0, 2});
    CHECK(labels_of(made.validation).value() == std::vector<std::int32_t>{1});
  }
  const Samples stream = std::shared_ptr<Stream>(std::make_shared<test::CountedStream>(3, 3));
  check_error(apply(parts, stream), ErrorCode::unsupported, {"stream"});
  check_error(labels_of(stream), ErrorCode::unsupported, {"stream"});
}

TEST_CASE("balanced weights give every class the same sum") {
  const std::vector<std::int32_t> labels = {3, 0, 0, 3, 3, 3, 1};
  const float expected[] = {0.25f, 0.5f, 0.5f, 0.25f, 0.25f, 0.25f, 1.0f};
  const SampleWeights weights = balanced_weights(labels).value();
  REQUIRE(weights.size() == labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) CHECK(weights[i] == expected[i]);
  CHECK(weights.bytes() == 7 + 3 * 8);  // a byte a sample, label and weight of each class
  CHECK(balanced_weights({}).value().empty());
  check_error(balanced_weights(std::vector<std::int32_t>{-1}), ErrorCode::invalid_argument, {"label -1"});
}

TEST_CASE("weights of more classes take more bytes, and are the same") {
  for (const std::size_t classes : {256, 257, 65536, 65537}) {
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < classes + 10; ++i) labels.push_back(static_cast<std::int32_t>(i % classes));
    const SampleWeights weights = balanced_weights(labels).value();
    for (const std::size_t i : {std::size_t{0}, std::size_t{9}, classes, classes + 9}) CHECK(weights[i] == 0.5f);
    CHECK(weights[10] == 1);
    CHECK(weights[classes - 1] == 1);
    CHECK(weights.bytes() == labels.size() * (classes <= 256 ? 1 : classes <= 65536 ? 2 : 4) + classes * 8);
  }
}

}  // namespace
}  // namespace treadle::data
