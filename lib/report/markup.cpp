#include "report/markup.hpp"

#include <charconv>
#include <cmath>

#include "formats/text.hpp"

namespace treadle::reporting {
namespace {

std::string_view entity(char c) noexcept {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = formats::utf8_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (length == 0 || byte < 0x20 || byte == 0x7F)
      out += "\xEF\xBF\xBD";
    else if (const std::string_view replaced = entity(text[0]); !replaced.empty())
      out += replaced;
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string coordinate(double value) {
  char room[400];
  if (!std::isfinite(value)) value = 0;
  std::string text{room, std::to_chars(room, room + sizeof room, value, std::chars_format::fixed, 1).ptr};
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string decimal(double value, int digits) {
  if (!std::isfinite(value)) return "\xE2\x80\x93";
  char room[400];
  return {room, std::to_chars(room, room + sizeof room, value, std::chars_format::fixed, digits).ptr};
}

std::size_t characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (characters(text) <= most) return std::string(text);
  std::size_t end = 0, count = 0;
  for (; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) continue;
    if (++count == most) break;
  }
  return std::string(text.substr(0, end)) + "\xE2\x80\xA6";
}

// The colours are those of Okabe and Ito ("Color Universal Design", 2008), which people who see red and green alike can
// tell apart too: blue, vermillion, bluish green, reddish purple, black, sky blue, orange, yellow. On white the last
// three are darkened until their contrast is 3 to 1, which WCAG 2.1 asks of graphics; in the dark black is white.
std::string_view style_sheet() noexcept {
  return R"(:root{--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--shade:0 114 178;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#000;--c5:#4a9bc8;--c6:#c48700;--c7:#9e962c}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa5b1;--line:#3a424c;--paper:#0f1318;--shade:86 180 233;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#fff;--c5:#56b4e9;--c6:#e69f00;--c7:#f0e442}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:1360px;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.2rem 0 1rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .6rem}
p{max-width:48rem;overflow-wrap:anywhere}
.charts{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
.charts svg{display:block;width:100%;max-width:640px;height:auto}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
th{color:var(--soft);font-weight:600}.n{text-align:right}
.matrix td{text-align:right;background:rgb(var(--shade)/calc(var(--share)*.45))}
svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .soft{fill:var(--soft)}svg .title{font-weight:600;font-size:14px}
svg .grid{stroke:var(--line);stroke-width:1}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}
.c5{stroke:var(--c5)}.c6{stroke:var(--c6)}.c7{stroke:var(--c7)}
.h1{stroke-dasharray:7 4}.h2{stroke-dasharray:1 4}.h3{stroke-dasharray:9 4 1 4}.h4{stroke-dasharray:16 5}
.h5{stroke-dasharray:3 5}.h6{stroke-dasharray:9 4 1 4 1 4}.h7{stroke-dasharray:16 4 5 4}
.d0{fill:var(--c0)}.d1{fill:var(--c1)}.d2{fill:var(--c2)}.d3{fill:var(--c3)}.d4{fill:var(--c4)}.d5{fill:var(--c5)}
.d6{fill:var(--c6)}.d7{fill:var(--c7)}
.hollow{fill:var(--paper);stroke-width:2}.pale{fill-opacity:.35;stroke-width:2}
@media print{.charts{grid-template-columns:1fr 1fr}}
)";
}

}  // namespace treadle::reporting
