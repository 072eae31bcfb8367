#include <treadle/chart.hpp>

#include <algorithm>
#include <cmath>

#include "report/axis.hpp"
#include "report/canvas.hpp"
#include "report/markup.hpp"

namespace treadle::reporting {
namespace {

constexpr double row_height = 40, bar_height = 14;
constexpr double label_room = 90;

double drawn(double value) noexcept { return value > 0 && value <= largest_drawn ? value : 0; }

double total(const Bar& bar) noexcept {
  double sum = 0;
  for (const double value : bar.values) sum += drawn(value);
  return sum;
}

/// The name above the bar, so that neither takes room from the other; the label behind it.
void draw_bar(Canvas& canvas, const Bar& bar, double scale) {
  canvas.text(4, canvas.y() + 13, "start", "soft", shortened(bar.name, 54));
  double x = 4;
  for (std::size_t i = 0; i < bar.values.size(); ++i) {
    const double width = drawn(bar.values[i]) * scale;
    if (width <= 0) continue;
    canvas.add("<rect x=\"" + coordinate(x) + "\" y=\"" + coordinate(canvas.y() + 18) + "\" width=\"" +
               coordinate(std::max(width, 0.5)) + "\" height=\"" + coordinate(bar_height) + "\" class=\"" +
               mark_style(i) + "\"/>");
    x += width;
  }
  canvas.text(x + 6, canvas.y() + 30, "start", "", shortened(bar.label, 12));
  canvas.move_to(canvas.y() + row_height);
}

}  // namespace

std::string to_svg(const BarChart& chart) {
  Canvas canvas(chart.title);
  canvas.legend(chart.series, false);
  double longest = 0;
  for (const Bar& bar : chart.bars) longest = std::max(longest, total(bar));
  const double scale = longest > 0 ? (chart_width - 8 - label_room) / longest : 0;
  for (const Bar& bar : chart.bars) draw_bar(canvas, bar, scale);
  if (chart.bars.empty()) {
    canvas.text(4, canvas.y() + 20, "start", "soft", "nothing to show");
    canvas.move_to(canvas.y() + 40);
  }
  return canvas.svg();
}

}  // namespace treadle::reporting
