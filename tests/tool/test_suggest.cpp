#include "suggest.hpp"

#include <doctest/doctest.h>

#include <string>

namespace treadle::tool {
namespace {

TEST_CASE("edit_distance counts insertions, deletions, replacements and swaps of neighbours") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("train", "train") == 0);
  CHECK(edit_distance("trian", "train") == 1);
  CHECK(edit_distance("trai", "train") == 1);
  CHECK(edit_distance("traain", "train") == 1);
  CHECK(edit_distance("drain", "train") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ca", "abc") == 3);  // no letter is edited twice, as the optimal string alignment has it
}

TEST_CASE("edit_distance is a symmetric distance") {
  const std::vector<std::string> words = {"", "a", "ab", "ba", "abc", "acb", "adam", "adamw", "nesterov"};
  for (const auto& a : words)
    for (const auto& b : words) {
      CHECK(edit_distance(a, b) == edit_distance(b, a));
      CHECK((edit_distance(a, b) == 0) == (a == b));
    }
}

TEST_CASE("nearest_word finds what was probably meant") {
  const std::vector<std::string_view> options = {"--batch-size", "--micro-batch", "--memory", "--momentum", "--model"};
  CHECK(nearest_word("--bach-size", options) == "--batch-size");
  CHECK(nearest_word("-batch-size", options) == "--batch-size");
  CHECK(nearest_word("--batch_size", options) == "--batch-size");
  CHECK(nearest_word("--mom", options) == "--momentum");
  CHECK(nearest_word("--modle", options) == "--model");
  CHECK(nearest_word("--bs", options) == "--batch-size");
  const std::vector<std::string_view> optimizers = {"sgd", "momentum", "nesterov", "adam", "adamw"};
  CHECK(nearest_word("sdg", optimizers) == "sgd");
  CHECK(nearest_word("adan", optimizers) == "adam");
  CHECK(nearest_word("nestrov", optimizers) == "nesterov");
}

TEST_CASE("nearest_word suggests nothing far-fetched") {
  const std::vector<std::string_view> words = {"sgd", "adam", "x"};
  CHECK(nearest_word("rmsprop", words).empty());
  CHECK(nearest_word("", words).empty());
  CHECK(nearest_word("--", words).empty());
  CHECK(nearest_word("y", words).empty());
  CHECK(nearest_word(std::string(100'000, 'a'), words).empty());
  CHECK(nearest_word("adam", {}).empty());
}

}  // namespace
}  // namespace treadle::tool
