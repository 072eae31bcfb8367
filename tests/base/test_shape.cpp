#include <treadle/shape.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using treadle::ErrorCode;
using treadle::Message;
using treadle::Shape;

namespace {

std::string text(const Shape& shape) { return std::string((Message{} << shape).text()); }

TEST_CASE("extents, rank and elements") {
  const Shape image{28, 27, 3};
  CHECK(image.valid());
  CHECK(image.rank() == 3);
  CHECK(image[0] == 28);
  CHECK(image[2] == 3);
  CHECK(*image.elements() == 28 * 27 * 3);
  CHECK(*Shape{}.elements() == 1);
  CHECK(*Shape{4, 0, 5}.elements() == 0);
}

TEST_CASE("equality is of rank and extents") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
  CHECK_FALSE(Shape{} == Shape{0});
}

TEST_CASE("written as a list") {
  CHECK(text(Shape{}) == "[]");
  CHECK(text(Shape{784}) == "[784]");
  CHECK(text(Shape{28, 28, 1}) == "[28, 28, 1]");
}

TEST_CASE("more extents than are supported make an invalid shape") {
  CHECK(Shape{1, 2, 3, 4, 5, 6}.valid());
  const Shape shape{1, 2, 3, 4, 5, 6, 7};
  CHECK_FALSE(shape.valid());
  CHECK(shape.extents().size() == Shape::max_rank);
  CHECK(text(shape) == "[1, 2, 3, 4, 5, 6, ...]");
  REQUIRE_FALSE(shape.elements());
  CHECK(shape.elements().error().code == ErrorCode::too_large);
  CHECK(shape.elements().error().text() == "a shape has 7 extents, at most 6 are supported");
}

TEST_CASE("a product that does not fit is an error, also when it would wrap to something small") {
  constexpr std::size_t half = std::size_t{1} << (std::numeric_limits<std::size_t>::digits / 2);
  REQUIRE_FALSE(Shape{half, half}.elements());
  CHECK(Shape{half, half}.elements().error().code == ErrorCode::too_large);
  CHECK_FALSE(Shape{half, half, 0}.elements());
  CHECK(Shape{half, half - 1}.elements().has_value());
}

static_assert(Shape{2, 3}.rank() == 2, "usable when compiling");

}  // namespace
