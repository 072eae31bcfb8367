// What drawing a line chart takes, whatever it is drawn with.
#pragma once

#include <treadle/chart.hpp>

#include <optional>
#include <span>
#include <vector>

#include "report/axis.hpp"

namespace treadle::reporting {

/// The axes of a chart with something to draw on them.
struct Frame {
  Ruler x, y;
};

/// Nothing when no point of the chart can be drawn.
std::optional<Frame> make_frame(const LineChart& chart, std::size_t x_ticks, std::size_t y_ticks);

/// The pieces of a series between its gaps, in places on the axes, 0 ... 1 each. Where there are more than 4 points for
/// each of `columns` columns, the first, least, most and last of a column stand for all of them.
std::vector<std::vector<Point>> pieces(const LineChart& chart, const Series& series, const Frame& frame,
                                       std::size_t columns);

std::vector<std::string> series_names(std::span<const Series> series);

}  // namespace treadle::reporting
