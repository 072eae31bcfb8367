// Charts as data, drawn as SVG for a page or with characters for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace treadle::reporting {

struct Point {
  double x = 0;
  double y = 0;
};

/// Points joined by lines in their order. One that is not finite, or not above 0 on a logarithmic axis, leaves a gap.
struct Series {
  std::string name;
  std::vector<Point> points;
};

enum class Scale : std::uint8_t { linear, log2, log10 };

struct Axis {
  std::string label{};
  Scale scale = Scale::linear;
  bool whole = false;  ///< linear: ticks at whole numbers only, as for epochs
};

struct LineChart {
  std::string title;
  Axis x, y;
  std::vector<Series> series;
};

/// One bar, cut into a part for each series of its chart. Negative values and those that are not finite count as 0.
struct Bar {
  std::string name;
  std::vector<double> values;
  std::string label;  ///< said at its end: "1.5 MiB"
};

/// Horizontal bars, one below the other.
struct BarChart {
  std::string title;
  std::vector<std::string> series;  ///< the names of a bar's parts
  std::vector<Bar> bars;
};

/// An <svg> element to be put into a page that has style_sheet(). It scales to the width that it is given; made for
/// 300 to 640 CSS pixels.
std::string to_svg(const LineChart& chart);
std::string to_svg(const BarChart& chart);

/// The chart `columns` (at least 20) wide and `rows` (at least 4) high, no line of it wider, with lines above and below
/// for the title, both axes and, of several series, a key. The first series is a line of Braille dots, each other one a
/// row of marks: o, x, +, ... (10 before they come again).
std::string to_text(const LineChart& chart, std::size_t columns, std::size_t rows);

}  // namespace treadle::reporting
