#include <treadle/data.hpp>

#include "support/files.hpp"

namespace treadle::data {
namespace {

using test::check_error, test::counting;

TEST_CASE("a data set keeps bytes as bytes and floats as floats") {
  const Dataset bytes = Dataset::make({2, 3}, counting(12), {1, 0}, 3).value();
  CHECK(bytes.size() == 2);
  CHECK(bytes.sample_shape() == Shape{2, 3});
  CHECK(bytes.sample_elements() == 6);
  CHECK(bytes.classes() == 3);
  CHECK(bytes.bytes().size() == 12);
  CHECK(bytes.bytes()[11] == 11);
  CHECK(bytes.floats().empty());
  CHECK(bytes.labels()[0] == 1);
  CHECK(bytes.scaling().scale == 1.0f / 255.0f);

  const Dataset floats = Dataset::make({2}, std::vector<float>{1, 2, 3, 4}, {0, 0}, 1).value();
  CHECK(floats.floats()[3] == 4.0f);
  CHECK(floats.bytes().empty());
  CHECK(floats.scaling().scale == 1.0f);
  CHECK(floats.scaling().offset == 0.0f);
}

TEST_CASE("an empty data set is empty in every way") {
  const Dataset nothing;
  CHECK(nothing.empty());
  CHECK(nothing.labels().empty());
  CHECK(nothing.bytes().empty());
  CHECK(nothing.floats().empty());
  CHECK(nothing.first(5).empty());
  const Dataset no_samples = Dataset::make({4}, std::vector<float>{}, {}, 0).value();
  CHECK(no_samples.empty());
  CHECK(no_samples.sample_elements() == 4);
}

TEST_CASE("first() and with_classes() share the samples") {
  const Dataset all = Dataset::make({3}, counting(12), {0, 1, 2, 3}, 4, {0.5f, -1.0f}).value();
  const Dataset part = all.first(2);
  CHECK(part.size() == 2);
  CHECK(part.labels().size() == 2);
  CHECK(part.bytes().size() == 6);
  CHECK(part.bytes().data() == all.bytes().data());
  CHECK(part.classes() == 4);
  CHECK(part.scaling().offset == -1.0f);
  CHECK(all.first(100).size() == 4);
  CHECK(all.first(0).empty());
  CHECK(part.first(3).size() == 2);
  CHECK(all.with_classes(10).classes() == 10);
  CHECK(all.with_classes(2).classes() == 4);
}

TEST_CASE("sizes and labels that do not fit are refused") {
  using Floats = std::vector<float>;
  check_error(Dataset::make({2, 2}, counting(7), {0, 0}, 1), ErrorCode::shape_mismatch, {"[2, 2]", "2 labels", "7"});
  check_error(Dataset::make({2, 2}, counting(8), {0, 0, 0}, 1), ErrorCode::shape_mismatch, {"3 labels", "8 values"});
  check_error(Dataset::make({2, 2}, counting(8), {0}, 1), ErrorCode::shape_mismatch, {"1 labels", "8 values"});
  check_error(Dataset::make({2, 2}, Floats(8), {}, 1), ErrorCode::shape_mismatch, {"0 labels"});
  check_error(Dataset::make({2, 2}, Floats{}, {0}, 1), ErrorCode::shape_mismatch, {"got 0 values"});
  check_error(Dataset::make({2, 0}, Floats{}, {0}, 1), ErrorCode::invalid_argument, {"[2, 0]"});
  check_error(Dataset::make({}, Floats{1}, {0}, 1), ErrorCode::invalid_argument, {"[]"});
  check_error(Dataset::make({1, 1, 1, 1, 1, 1, 1}, Floats{1}, {0}, 1), ErrorCode::too_large, {"7 extents"});
  check_error(Dataset::make({SIZE_MAX, 2}, Floats{}, {0}, 1), ErrorCode::too_large, {"size of this machine"});
  check_error(Dataset::make({1}, Floats{1, 2}, {0, -1}, 2), ErrorCode::invalid_argument, {"label -1 of sample 1"});
  check_error(Dataset::make({1}, Floats{1, 2}, {2, 0}, 2), ErrorCode::invalid_argument, {"label 2 of sample 0"});
  check_error(Dataset::make({1}, Floats{1}, {0}, 0), ErrorCode::invalid_argument, {"label 0", "0 classes"});
}

}  // namespace
}  // namespace treadle::data
