#include <treadle/page.hpp>

#include <algorithm>
#include <charconv>

#include "report/markup.hpp"

namespace treadle::reporting {
namespace {

/// Whether a cell reads as a number, a share or a size: it begins with a digit or a sign, or stands for nothing.
bool is_number(const std::string& cell) {
  if (cell.empty() || cell == "-" || cell == "\xE2\x80\x93") return true;
  return (cell[0] >= '0' && cell[0] <= '9') || (cell[0] == '-' && cell.size() > 1);
}

std::string cell(std::string_view element, std::string_view style, std::string_view text) {
  std::string out = "<" + std::string(element);
  if (!style.empty()) out += " class=\"" + std::string(style) + '"';
  if (element == "th") out += " scope=\"col\"";
  return out + '>' + escaped(text) + "</" + std::string(element) + '>';
}

/// Three digits of a share in 0 ... 1.
std::string share_text(std::uint64_t part, std::uint64_t whole) {
  char room[32];
  const double share = whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  return {room, std::to_chars(room, room + sizeof room, share, std::chars_format::fixed, 3).ptr};
}

}  // namespace

Page::Page(std::string_view title) : title_(escaped(title)) {}

Page& Page::heading(std::string_view text) {
  body_ += "<h2>" + escaped(text) + "</h2>\n";
  return *this;
}

Page& Page::paragraph(std::string_view text) {
  body_ += "<p>" + escaped(text) + "</p>\n";
  return *this;
}

Page& Page::table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string_view> styles;
  for (std::size_t i = 0; i < head.size(); ++i)
    styles.push_back(std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return is_number(row[i]); }) ? "n"
                                                                                                               : "");
  body_ += "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
  for (std::size_t i = 0; i < head.size(); ++i) body_ += cell("th", styles[i], head[i]);
  body_ += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    body_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) body_ += cell("td", styles[i], row[i]);
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
  return *this;
}

Page& Page::charts(const std::vector<std::string>& svgs) {
  body_ += "<div class=\"charts\">\n";
  for (const std::string& svg : svgs) body_ += svg;
  body_ += "</div>\n";
  return *this;
}

Page& Page::confusion(std::span<const std::uint64_t> counts, std::size_t classes, std::span<const std::string> names) {
  const auto name = [&](std::size_t i) { return names.empty() ? std::to_string(i) : names[i]; };
  constexpr std::size_t widest_head = 20;  // of a column, which a long name would make as wide as itself
  body_ +=
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"matrix\"><thead><tr><th scope=\"col\">target \\ "
      "predicted</th>";
  for (std::size_t i = 0; i < classes; ++i) body_ += cell("th", "n", shortened(name(i), widest_head));
  body_ += "</tr></thead><tbody>\n";
  for (std::size_t target = 0; target < classes; ++target) {
    const std::span<const std::uint64_t> row = counts.subspan(target * classes, classes);
    std::uint64_t sum = 0;
    for (const std::uint64_t count : row) sum += count;
    body_ += "<tr><th scope=\"row\">" + escaped(name(target)) + "</th>";
    for (const std::uint64_t count : row)
      body_ += "<td style=\"--share:" + share_text(count, sum) + "\">" + std::to_string(count) + "</td>";
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
  return *this;
}

std::string Page::html() const {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         title_ + "</title>\n<style>\n" + std::string(style_sheet()) + "</style></head>\n<body><main>\n<h1>" + title_ +
         "</h1>\n" + body_ + "</main></body></html>\n";
}

}  // namespace treadle::reporting
