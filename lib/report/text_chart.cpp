#include <treadle/chart.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "report/line_chart.hpp"
#include "report/markup.hpp"

namespace treadle::reporting {
namespace {

/// What the series behind the first are drawn with, which is a line of dots.
constexpr std::string_view marks = "ox+*#%@&=~";

char mark_of(std::size_t series) { return marks[(series - 1) % marks.size()]; }

/// A raster of dots, 2 by 4 in each character: Unicode's Braille patterns, U+2800 and a bit for each dot. A mark takes
/// the place of a character's dots. Places are from 0 at the left and the bottom to 1.
class Raster {
 public:
  Raster(std::size_t columns, std::size_t rows)
      : columns_(columns), rows_(rows), cells_(columns * rows), marks_(columns * rows) {}

  void draw_line(Point from, Point to) {
    const double width = static_cast<double>(2 * columns_ - 1), height = static_cast<double>(4 * rows_ - 1);
    const double steps = std::max({1.0, std::abs(to.x - from.x) * width, std::abs(to.y - from.y) * height});
    for (double i = 0; i <= std::ceil(steps); ++i) {
      const double t = std::min(1.0, i / steps);
      set(static_cast<std::size_t>(std::lround((from.x + t * (to.x - from.x)) * width)),
          static_cast<std::size_t>(std::lround((1 - from.y - t * (to.y - from.y)) * height)));
    }
  }

  void mark(Point at, char character) {
    marks_[cell(at.y, rows_, true) * columns_ + cell(at.x, columns_, false)] = character;
  }

  /// Marks at the ends and in each column from `first` on, `stride` apart, so that other series stay visible between.
  void mark_line(Point from, Point to, char character, std::size_t first, std::size_t stride) {
    mark(from, character);
    mark(to, character);
    const std::size_t begin = cell(from.x, columns_, false), end = cell(to.x, columns_, false);
    for (std::size_t column = begin; column <= end; ++column) {
      const double x = static_cast<double>(column) / static_cast<double>(columns_ - 1);
      if (column % stride != first || x <= from.x || x >= to.x) continue;
      mark({x, from.y + (x - from.x) / (to.x - from.x) * (to.y - from.y)}, character);
    }
  }

  std::string row(std::size_t index) const {
    std::string text;
    for (std::size_t column = 0; column < columns_; ++column) {
      if (const char character = marks_[index * columns_ + column]; character != 0) {
        text += character;
        continue;
      }
      const std::uint8_t dots = cells_[index * columns_ + column];
      text += '\xE2';
      text += static_cast<char>(0xA0 | dots >> 6);
      text += static_cast<char>(0x80 | (dots & 0x3F));
    }
    return text;
  }

 private:
  static std::size_t cell(double place, std::size_t count, bool from_above) {
    return static_cast<std::size_t>(std::lround((from_above ? 1 - place : place) * static_cast<double>(count - 1)));
  }

  void set(std::size_t x, std::size_t y) {
    constexpr std::uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[y / 4 * columns_ + x / 2] |= bits[y % 4][x % 2];
  }

  std::size_t columns_, rows_;
  std::vector<std::uint8_t> cells_;
  std::vector<char> marks_;
};

/// The first series as a line, the others as marks on it.
Raster drawn_series(const LineChart& chart, const Frame& frame, std::size_t columns, std::size_t rows) {
  Raster raster(columns, rows);
  const std::size_t stride = std::max<std::size_t>(2, chart.series.size());
  for (std::size_t number = 0; number < chart.series.size(); ++number)
    for (const auto& piece : pieces(chart, chart.series[number], frame, columns))
      for (std::size_t i = 0; i < piece.size(); ++i) {
        const Point from = piece[i == 0 ? 0 : i - 1], to = piece[i];
        if (number == 0)
          raster.draw_line(from, to);
        else
          raster.mark_line(from, to, mark_of(number), number % stride, stride);
      }
  return raster;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t length = characters(text);
  return (length < width ? std::string(width - length, ' ') : "") + text;
}

/// The room for the labels of the y axis.
std::size_t margin_of(const Ruler& ruler) {
  std::size_t widest = 7;
  for (const double tick : ruler.ticks()) widest = std::max(widest, tick_text(tick).size());
  return widest + 2;
}

/// The numbers below the plot, `columns` wide behind the margin.
std::string x_axis(const Ruler& ruler, std::size_t margin, std::size_t columns) {
  std::string axis(margin + columns, ' ');
  std::size_t free = 0;
  for (const double tick : ruler.ticks()) {
    const std::string label = tick_text(tick);
    const auto place = static_cast<std::size_t>(ruler.place(tick) * static_cast<double>(columns - 1)) + margin;
    const std::size_t begin = std::min(place, axis.size() - label.size());
    if (begin < free) continue;
    axis.replace(begin, label.size(), label);
    free = begin + label.size() + 1;
  }
  return axis.substr(0, axis.find_last_not_of(' ') + 1) + "\n";
}

/// What each series is drawn with, as many a line as fit.
std::string key(const std::vector<Series>& series, std::size_t margin, std::size_t columns) {
  std::string text, line;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::string mark = i == 0 ? "\xE2\xA0\x92\xE2\xA0\x92" : std::string(2, mark_of(i));
    const std::string entry = mark + " " + shortened(series[i].name, columns - 3);
    if (!line.empty() && characters(line) + 3 + characters(entry) > columns) {
      text += std::string(margin, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : "   ") + entry;
  }
  return text + std::string(margin, ' ') + line + "\n";
}

}  // namespace

std::string to_text(const LineChart& chart, std::size_t columns, std::size_t rows) {
  const std::size_t width = std::clamp<std::size_t>(columns, 20, 400);
  rows = std::clamp<std::size_t>(rows, 4, 100);
  std::string text = shortened(chart.title, width) + "\n";
  const std::optional<Frame> frame = make_frame(chart, 6, std::max<std::size_t>(2, rows / 2));
  if (!frame) return text + "nothing to show\n";
  const std::size_t margin = margin_of(frame->y);
  columns = width - margin;
  const Raster raster = drawn_series(chart, *frame, columns, rows);

  std::vector<std::string> labels(rows);
  for (const double tick : frame->y.ticks())
    labels[static_cast<std::size_t>(std::lround((1 - frame->y.place(tick)) * static_cast<double>(rows - 1)))] =
        tick_text(tick);
  for (std::size_t row = 0; row < rows; ++row)
    text += padded(labels[row], margin - 2) + (labels[row].empty() ? " │" : " ┤") + raster.row(row) + "\n";
  text += x_axis(frame->x, margin, columns);
  if (!chart.x.label.empty()) text += padded(shortened(chart.x.label, columns), width) + "\n";
  return chart.series.size() < 2 ? text : text + key(chart.series, margin, columns);
}

}  // namespace treadle::reporting
