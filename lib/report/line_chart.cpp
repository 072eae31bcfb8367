#include "report/line_chart.hpp"

#include <algorithm>

#include "report/canvas.hpp"
#include "report/markup.hpp"

namespace treadle::reporting {
namespace {

bool shown(const LineChart& chart, const Point& point) noexcept {
  return drawable(chart.x.scale, point.x) && drawable(chart.y.scale, point.y);
}

/// The points of one column, thinned to those that show.
void flush(std::vector<Point>& column, std::vector<Point>& piece) {
  if (column.size() <= 4) {
    piece.insert(piece.end(), column.begin(), column.end());
  } else {
    const auto [least, most] =
        std::minmax_element(column.begin(), column.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
    piece.push_back(column.front());
    piece.push_back(least < most ? *least : *most);
    piece.push_back(least < most ? *most : *least);
    piece.push_back(column.back());
  }
  column.clear();
}

}  // namespace

std::optional<Frame> make_frame(const LineChart& chart, std::size_t x_ticks, std::size_t y_ticks) {
  std::optional<Point> least, most;
  for (const Series& series : chart.series)
    for (const Point& point : series.points) {
      if (!shown(chart, point)) continue;
      least = {least ? std::min(least->x, point.x) : point.x, least ? std::min(least->y, point.y) : point.y};
      most = {most ? std::max(most->x, point.x) : point.x, most ? std::max(most->y, point.y) : point.y};
    }
  if (!least) return std::nullopt;
  return Frame{Ruler(chart.x, least->x, most->x, x_ticks), Ruler(chart.y, least->y, most->y, y_ticks)};
}

std::vector<std::vector<Point>> pieces(const LineChart& chart, const Series& series, const Frame& frame,
                                       std::size_t columns) {
  std::vector<std::vector<Point>> all(1);
  std::vector<Point> column;
  const auto column_of = [&](double x) { return static_cast<std::size_t>(x * static_cast<double>(columns)); };
  for (const Point& point : series.points) {
    if (!shown(chart, point)) {
      flush(column, all.back());
      if (!all.back().empty()) all.emplace_back();
      continue;
    }
    const Point place{frame.x.place(point.x), frame.y.place(point.y)};
    if (!column.empty() && column_of(column.back().x) != column_of(place.x)) flush(column, all.back());
    column.push_back(place);
  }
  flush(column, all.back());
  if (all.back().empty()) all.pop_back();
  return all;
}

std::vector<std::string> series_names(std::span<const Series> series) {
  std::vector<std::string> names;
  for (const Series& one : series) names.push_back(one.name);
  return names;
}

namespace {

/// Where the plot is on its canvas.
struct Area {
  double left, top, right, bottom;
  double x(double place) const noexcept { return left + place * (right - left); }
  double y(double place) const noexcept { return bottom - place * (bottom - top); }
};

constexpr double plot_height = 190;

void draw_axes(Canvas& canvas, const LineChart& chart, const Frame& frame, const Area& area) {
  for (const double tick : frame.y.ticks()) {
    const double y = area.y(frame.y.place(tick));
    canvas.line(area.left, y, area.right, y, "grid");
    canvas.text(area.left - 6, y + 4, "end", "soft", tick_text(tick));
  }
  for (const double tick : frame.x.ticks()) {
    const double x = area.x(frame.x.place(tick));
    canvas.line(x, area.bottom, x, area.bottom + 4, "grid");
    canvas.text(x, area.bottom + 18, "middle", "soft", tick_text(tick));
  }
  canvas.text(area.right, area.bottom + 36, "end", "soft", shortened(chart.x.label, 40));
  canvas.text(4, area.top - 16, "start", "soft", shortened(chart.y.label, 40));
}

void draw_series(Canvas& canvas, const LineChart& chart, const Frame& frame, const Area& area, std::size_t index) {
  const Series& series = chart.series[index];
  const bool few = series.points.size() <= 40;
  for (const auto& piece : pieces(chart, series, frame, 400)) {
    std::string points, dots;
    for (const Point& point : piece) {
      const std::string x = coordinate(area.x(point.x)), y = coordinate(area.y(point.y));
      points += (points.empty() ? "" : " ") + x + ',' + y;
      if (few || piece.size() == 1)
        dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"3\" class=\"" + mark_style(index) + "\"/>";
    }
    if (piece.size() > 1) canvas.add("<polyline points=\"" + points + "\" class=\"" + line_style(index) + "\"/>");
    canvas.add(dots);
  }
}

}  // namespace

std::string to_svg(const LineChart& chart) {
  Canvas canvas(chart.title);
  canvas.legend(series_names(chart.series), true);
  const std::optional<Frame> frame = make_frame(chart, 7, 6);
  if (!frame) {
    canvas.text(4, canvas.y() + 20, "start", "soft", "nothing to show");
    canvas.move_to(canvas.y() + 40);
    return canvas.svg();
  }
  const double top = canvas.y() + 30;
  const Area area{54, top, chart_width - 18, top + plot_height};
  draw_axes(canvas, chart, *frame, area);
  for (std::size_t i = 0; i < chart.series.size(); ++i) draw_series(canvas, chart, *frame, area, i);
  canvas.move_to(area.bottom + 44);
  return canvas.svg();
}

}  // namespace treadle::reporting
