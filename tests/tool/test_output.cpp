#include "output.hpp"

#include <doctest/doctest.h>

namespace treadle::tool {
namespace {

Table numbers() {
  Table table({"batch", "threads", "samples/s", "ms"});
  table.add({"1", "1", "30,000", "0.033"});
  table.add({"16", "2", "9", "17"});
  return table;
}

TEST_CASE("columns are as wide as their longest cell") {
  CHECK(numbers().text() ==
        "batch  threads  samples/s     ms\n"
        "1            1     30,000  0.033\n"
        "16           2          9     17\n");
  CHECK(Table({}).text() == "\n");
}

TEST_CASE("a table that is too wide goes on below, beginning with its keys again") {
  const std::string whole = numbers().text();
  CHECK(numbers().text(32, 1) == whole);
  CHECK(numbers().text(31, 1) ==
        "batch  threads  samples/s\n"
        "1            1     30,000\n"
        "16           2          9\n"
        "\n"
        "batch     ms\n"
        "1      0.033\n"
        "16        17\n");
  CHECK(numbers().text(24, 2) ==
        "batch  threads  samples/s\n"  // keys and a column, however wide they are
        "1            1     30,000\n"
        "16           2          9\n"
        "\n"
        "batch  threads     ms\n"
        "1            1  0.033\n"
        "16           2     17\n");
  CHECK(numbers().text(0, 4) == whole);
}

}  // namespace
}  // namespace treadle::tool
