// Text and numbers as they may stand in HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace treadle::reporting {

/// `text` for an element or an attribute in double quotes. Control characters and what is not UTF-8 become U+FFFD.
std::string escaped(std::string_view text);

/// A coordinate with one digit after the point, the same text whatever the locale.
std::string coordinate(double value);

/// With `digits` after the point; a dash for what is not finite.
std::string decimal(double value, int digits);

/// The number of characters of UTF-8 text, about what it is wide.
std::size_t characters(std::string_view text) noexcept;

/// The text, or its first characters and an ellipsis, at most `most` characters.
std::string shortened(std::string_view text, std::size_t most);

/// The rules that style charts, tables and text.
std::string_view style_sheet() noexcept;

}  // namespace treadle::reporting
