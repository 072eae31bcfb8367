#include "report/canvas.hpp"

#include <algorithm>
#include <iterator>

#include "report/markup.hpp"

namespace treadle::reporting {

std::string line_style(std::size_t series) {
  return "line c" + std::to_string(series % colours) + " h" + std::to_string((series + series / colours) % dashes);
}

std::string mark_style(std::size_t series) {
  const std::string colour = std::to_string(series % colours);
  const std::string styles[] = {"d" + colour, "c" + colour + " hollow", "c" + colour + " d" + colour + " pale"};
  return styles[series / colours % std::size(styles)];
}

Canvas::Canvas(std::string_view title) : title_(title) {
  text(4, 16, "start", "title", shortened(title, 54));
  y_ = 26;
}

void Canvas::legend(const std::vector<std::string>& names, bool lines) {
  if (names.size() < 2) return;
  double x = 4;
  y_ += 12;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string shown = shortened(names[i], 40);
    const double width = 40 + letter_width * static_cast<double>(characters(shown));
    if (x > 4 && x + width > chart_width) {
      x = 4;
      y_ += 18;
    }
    if (lines)
      line(x, y_ - 4, x + 22, y_ - 4, line_style(i));
    else
      body_ += "<rect x=\"" + coordinate(x) + "\" y=\"" + coordinate(y_ - 11) +
               "\" width=\"12\" height=\"12\" class=\"" + mark_style(i) + "\"/>";
    text(x + (lines ? 28 : 17), y_, "start", "soft", shown);
    x += width;
  }
  y_ += 10;
}

void Canvas::text(double x, double y, std::string_view anchor, std::string_view style, std::string_view what) {
  body_ += "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + std::string(anchor) + '"';
  if (!style.empty()) body_ += " class=\"" + std::string(style) + '"';
  body_ += '>' + escaped(what) + "</text>";
}

void Canvas::line(double x1, double y1, double x2, double y2, std::string_view style) {
  body_ += "<line x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" + coordinate(x2) + "\" y2=\"" +
           coordinate(y2) + "\" class=\"" + std::string(style) + "\"/>";
}

std::string Canvas::svg() const {
  return "<svg viewBox=\"0 0 " + coordinate(chart_width) + ' ' + coordinate(y_) + "\" role=\"img\" aria-label=\"" +
         escaped(title_) + "\">" + body_ + "</svg>\n";
}

}  // namespace treadle::reporting
