// What line and bar charts have in common: the frame of the SVG, its title and its legend.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::reporting {

inline constexpr double chart_width = 420;
inline constexpr double letter_width = 7.6;  // of the charts' 13 pixel letters, on average
inline constexpr std::size_t colours = 8;    // classes c0, c1, ... and d0, d1, ... of the style sheet
inline constexpr std::size_t dashes = 8;     // classes h0, h1, ...

/// The classes of a series' line: a colour and a dash of its own, and from the ninth series on the colours again with
/// other dashes, all different up to `colours` times `dashes` series.
std::string line_style(std::size_t series);
/// Of its dots and bars: filled, from the ninth series on hollow, and from the 17th on pale with an edge.
std::string mark_style(std::size_t series);

/// An SVG of chart_width that is filled from top to bottom.
class Canvas {
 public:
  /// With the title, which is also what is read aloud, as the first line.
  explicit Canvas(std::string_view title);

  /// A mark and a name for each series, if there are several, in as many lines as that takes.
  void legend(const std::vector<std::string>& names, bool lines);
  /// `anchor`: start, middle or end; `style`: a class or nothing.
  void text(double x, double y, std::string_view anchor, std::string_view style, std::string_view what);
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void add(std::string_view element) { body_ += element; }

  /// Where the next thing may begin.
  double y() const noexcept { return y_; }
  void move_to(double y) noexcept { y_ = y; }
  /// The SVG, as high as move_to() went.
  std::string svg() const;

 private:
  std::string title_;
  std::string body_;
  double y_ = 0;
};

}  // namespace treadle::reporting
