#include <treadle/chart.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "report/line_chart.hpp"
#include "report/markup.hpp"

namespace treadle::reporting {
namespace {

/// A raster of dots, 2 by 4 in each character: Unicode's Braille patterns, U+2800 and a bit for each dot.
class Dots {
 public:
  Dots(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows), cells_(columns * rows) {}

  /// From 0 at the left and the bottom to 1.
  void draw_line(Point from, Point to) {
    const double width = static_cast<double>(2 * columns_ - 1), height = static_cast<double>(4 * rows_ - 1);
    const double steps = std::max({1.0, std::abs(to.x - from.x) * width, std::abs(to.y - from.y) * height});
    for (double i = 0; i <= std::ceil(steps); ++i) {
      const double t = std::min(1.0, i / steps);
      set(static_cast<std::size_t>(std::lround((from.x + t * (to.x - from.x)) * width)),
          static_cast<std::size_t>(std::lround((1 - from.y - t * (to.y - from.y)) * height)));
    }
  }

  std::string row(std::size_t index) const {
    std::string text;
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::uint8_t cell = cells_[index * columns_ + column];
      text += '\xE2';
      text += static_cast<char>(0xA0 | cell >> 6);
      text += static_cast<char>(0x80 | (cell & 0x3F));
    }
    return text;
  }

 private:
  void set(std::size_t x, std::size_t y) {
    constexpr std::uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[y / 4 * columns_ + x / 2] |= bits[y % 4][x % 2];
  }

  std::size_t columns_, rows_;
  std::vector<std::uint8_t> cells_;
};

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t length = characters(text);
  return (length < width ? std::string(width - length, ' ') : "") + text;
}

constexpr std::size_t margin = 9;  // for the labels of the y axis

}  // namespace

std::string to_text(const LineChart& chart, std::size_t columns, std::size_t rows) {
  columns = std::clamp<std::size_t>(columns, 24, 400) - margin;
  rows = std::clamp<std::size_t>(rows, 4, 100);
  std::string text = chart.title + "\n";
  const std::optional<Frame> frame = make_frame(chart, 6, std::max<std::size_t>(2, rows / 2));
  if (!frame) return text + "nothing to show\n";
  Dots dots(columns, rows);
  for (const Series& series : chart.series)
    for (const auto& piece : pieces(chart, series, *frame, columns))
      for (std::size_t i = 0; i < piece.size(); ++i) dots.draw_line(piece[i == 0 ? 0 : i - 1], piece[i]);

  std::vector<std::string> labels(rows);
  for (const double tick : frame->y.ticks())
    labels[static_cast<std::size_t>(std::lround((1 - frame->y.place(tick)) * static_cast<double>(rows - 1)))] =
        tick_text(tick);
  for (std::size_t row = 0; row < rows; ++row)
    text += padded(labels[row], margin - 2) + (labels[row].empty() ? " │" : " ┤") + dots.row(row) + "\n";

  std::string axis(margin + columns, ' ');
  std::size_t free = 0;
  for (const double tick : frame->x.ticks()) {
    const std::string label = tick_text(tick);
    const auto place = static_cast<std::size_t>(frame->x.place(tick) * static_cast<double>(columns - 1)) + margin;
    const std::size_t begin = std::min(place, axis.size() - label.size());
    if (begin < free) continue;
    axis.replace(begin, label.size(), label);
    free = begin + label.size() + 1;
  }
  text += axis.substr(0, axis.find_last_not_of(' ') + 1) + "  " + chart.x.label + "\n";
  if (chart.series.size() < 2) return text;
  std::string names;
  for (const Series& series : chart.series) names += (names.empty() ? "" : ", ") + series.name;
  return text + std::string(margin, ' ') + names + "\n";
}

}  // namespace treadle::reporting
