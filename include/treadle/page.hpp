// A page of text, tables and charts as one HTML file: no script, no network, light or dark as its reader likes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::reporting {

/// Built from top to bottom. All text is escaped; what is not UTF-8 in it becomes U+FFFD.
class Page {
 public:
  explicit Page(std::string_view title);

  Page& heading(std::string_view text);
  Page& paragraph(std::string_view text);
  /// Every row has as many cells as the head; columns that hold numbers are flush right.
  Page& table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
  /// `svgs` from to_svg(), side by side where there is room.
  Page& charts(const std::vector<std::string>& svgs);
  /// Counts [classes, classes], row: target, column: prediction, shaded by their share of the row. `names`: of the
  /// classes, whose numbers are shown without them.
  Page& confusion(std::span<const std::uint64_t> counts, std::size_t classes, std::span<const std::string> names = {});

  /// The whole file.
  std::string html() const;

 private:
  std::string title_;
  std::string body_;
};

}  // namespace treadle::reporting
