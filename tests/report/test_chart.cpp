#include <doctest/doctest.h>
#include <treadle/chart.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/canvas.hpp"
#include "report/markup.hpp"

namespace treadle::reporting {
namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST_CASE("a line is drawn where its points are") {
  const LineChart chart{"t", {.label = "x"}, {.label = "y"}, {{"a", {{0, 0}, {5, 5}, {10, 10}}}}};
  const std::string svg = to_svg(chart);
  // The plot is 54 ... 402 wide and 56 ... 246 high.
  CHECK(svg.find("<polyline points=\"54,246 228,151 402,56\"") != std::string::npos);
  CHECK(count(svg, "<circle") == 3);
  CHECK(svg.starts_with("<svg viewBox=\"0 0 420 290\""));
}

TEST_CASE("a point that has no place leaves a gap") {
  const double nan = std::nan("");
  const LineChart chart{
      "t", {}, {.scale = Scale::log10}, {{"a", {{0, 1}, {1, 2}, {2, 0}, {3, 4}, {4, nan}, {5, 1}, {6, 2}}}}};
  const std::string svg = to_svg(chart);
  CHECK(count(svg, "<polyline") == 2);
  CHECK(count(svg, "<circle") == 5);
}

TEST_CASE("of more series than there are colours no two are drawn alike") {
  LineChart chart{"t", {}, {}, {}};
  for (int i = 0; i < 24; ++i) chart.series.push_back({std::to_string(i), {{0, 1.0 * i}, {1, 2.0 * i}}});
  const std::string svg = to_svg(chart);
  std::set<std::string> lines, marks;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    lines.insert(line_style(i));
    marks.insert(mark_style(i));
    // A line each in the legend and in the plot.
    CHECK(count(svg, "class=\"" + line_style(i) + "\"") == 2);
    CHECK(count(svg, "class=\"" + mark_style(i) + "\"") == 2);
  }
  CHECK(lines.size() == 24);
  CHECK(marks.size() == 24);
  for (const std::string& styles : {line_style(0), line_style(9), line_style(18), mark_style(8), mark_style(23)})
    for (std::size_t begin = 0; begin < styles.size();) {
      const std::size_t end = std::min(styles.find(' ', begin), styles.size());
      const std::string rule = "." + styles.substr(begin, end - begin);
      // h0, the whole line, needs none.
      if (rule != ".h0") CHECK_MESSAGE(style_sheet().find(rule) != std::string_view::npos, rule);
      begin = end + 1;
    }
}

/// Of WCAG 2.1 for "#rrggbb" or "#rgb" and a luminance.
double luminance(std::string colour) {
  if (colour.size() == 4) colour = {'#', colour[1], colour[1], colour[2], colour[2], colour[3], colour[3]};
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double part = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    constexpr double weights[] = {0.2126, 0.7152, 0.0722};
    sum += weights[i] * (part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
  }
  return sum;
}

TEST_CASE("every colour stands out from the page, light and dark") {
  const std::string style(style_sheet());
  std::size_t at = 0;
  for (int scheme = 0; scheme < 2; ++scheme) {
    const auto variable = [&](const std::string& name) {
      const std::size_t begin = style.find("--" + name + ":", at) + name.size() + 3;
      return style.substr(begin, style.find_first_of(";}", begin) - begin);
    };
    const double paper = luminance(variable("paper"));
    for (std::size_t i = 0; i < colours; ++i) {
      const double colour = luminance(variable("c" + std::to_string(i)));
      const double contrast = (std::max(paper, colour) + 0.05) / (std::min(paper, colour) + 0.05);
      CHECK_MESSAGE(contrast >= 3, contrast << " of c" << i);
    }
    at = style.find("prefers-color-scheme:dark");
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("charts without anything to draw say so") {
  CHECK(to_svg(LineChart{"t", {}, {}, {{"a", {{0, std::nan("")}}}}}).find("nothing to show") != std::string::npos);
  CHECK(to_svg(BarChart{"t", {"a"}, {}}).find("nothing to show") != std::string::npos);
  CHECK(to_text(LineChart{"t", {}, {}, {}}, 80, 10) == "t\nnothing to show\n");
}

TEST_CASE("names cannot leave their place in the page") {
  const LineChart chart{"<script>", {.label = "\"&"}, {}, {{"</svg>", {{0, 1}, {1, 2}}}, {"\xFF\n", {{0, 1}}}}};
  const std::string svg = to_svg(chart);
  CHECK(svg.find("<script>") == std::string::npos);
  CHECK(count(svg, "</svg>") == 1);
  CHECK(svg.find("&quot;&amp;") != std::string::npos);
  CHECK(svg.find("\xEF\xBF\xBD\xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("a million points become as many as can be seen, and the peak stays") {
  LineChart chart{"t", {}, {}, {{"a", {}}}};
  for (int i = 0; i < 1'000'000; ++i)
    chart.series[0].points.push_back({static_cast<double>(i), i == 123'456 ? 1.0 : 0.0});
  const std::string svg = to_svg(chart);
  CHECK(svg.size() < 40'000);
  CHECK(svg.find(",56 ") != std::string::npos);
}

TEST_CASE("bars are as long as their values, part by part") {
  const BarChart chart{"t", {"a", "b"}, {{"one", {10, 30}, "40"}, {"two", {20, std::nan("")}, "20"}}};
  const std::string svg = to_svg(chart);
  // The longest bar takes the 322 that are left beside its label.
  CHECK(svg.find("width=\"80.5\" height=\"14\" class=\"d0\"") != std::string::npos);
  CHECK(svg.find("width=\"241.5\" height=\"14\" class=\"d1\"") != std::string::npos);
  CHECK(svg.find("width=\"161\" height=\"14\" class=\"d0\"") != std::string::npos);
  CHECK(count(svg, "height=\"14\"") == 3);
}

TEST_CASE("a chart in characters: the diagonal climbs from the lower left dot to the upper right one") {
  const LineChart chart{"loss", {.label = "epoch", .whole = true}, {}, {{"a", {{1, 0}, {3, 1}}}}};
  const std::string text = to_text(chart, 24, 4);
  CHECK(text.starts_with("loss\n      1 \xE2\x94\xA4"));
  CHECK(text.ends_with("         1      2      3\n                   epoch\n"));
  CHECK(count(text, "\xE2\x94\xA4") == 2);
  // Of 15 by 4 characters the line crosses about one column each.
  CHECK(60 - count(text, "\xE2\xA0\x80") >= 15);
  CHECK(60 - count(text, "\xE2\xA0\x80") <= 22);
}

TEST_CASE("no line of a chart in characters is wider than it is told to be") {
  LineChart chart{"a title that is rather long", {.label = "iteration", .whole = true}, {.label = "loss"}, {}};
  for (const char* name : {"training", "validation", "a name that is longer than the chart is wide"})
    chart.series.push_back({name, {{1, 1e-7}, {2000, 0.5}, {123456, 3}}});
  LineChart fine = chart;
  fine.series = {{"a", {{0, -1.0051e-5}, {1, -1.0052e-5}}}};
  for (const std::size_t columns : {20u, 21u, 33u, 80u, 100u}) {
    const std::string text = to_text(chart, columns, 10) + to_text(fine, columns, 10);
    for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      CHECK_MESSAGE(characters(text.substr(begin, end - begin)) <= columns, text);
  }
}

TEST_CASE("each series of a chart in characters has marks of its own, and a key says which") {
  // Both have the ends of the plot, and go from corner to corner.
  const LineChart chart{
      "t", {}, {}, {{"down", {{0, 1}, {1, 0}}}, {"up", {{0, 0}, {1, 1}}}, {"flat", {{0, 0.5}, {1, 0.5}}}}};
  const std::string text = to_text(chart, 29, 5);
  CHECK(text.find("\xE2\xA0\x92\xE2\xA0\x92 down   oo up\n         xx flat\n") != std::string::npos);
  const std::string plot = text.substr(0, text.find("down"));
  // Of 20 columns each third one, and the ends.
  CHECK(count(plot, "o") == 8);
  CHECK(count(plot, "x") == 8);
  CHECK(to_text({"t", {}, {}, {{"one", {{0, 1}, {1, 0}}}}}, 29, 5).find("one") == std::string::npos);
}

TEST_CASE("text is shortened between characters") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "ab\xE2\x80\xA6");
  CHECK(shortened("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F", 3) == "\xC3\xA4\xC3\xB6\xE2\x80\xA6");
}

}  // namespace
}  // namespace treadle::reporting
