// Text from outside: whether it is UTF-8, and how it may appear in a message without breaking the line or the terminal.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <string_view>

namespace treadle::formats {

/// The length in bytes of the UTF-8 sequence at the start of `text` (1 ... 4), or 0 when there is none: an overlong
/// form, a surrogate, a code point above U+10FFFF, a stray or missing continuation byte, no text at all (RFC 3629).
std::size_t utf8_length(std::string_view text) noexcept;

/// `text` in double quotes, with control characters, quotes, backslashes and bytes that are not UTF-8 escaped, cut to
/// about `limit` bytes.
Message shown_text(std::string_view text, std::size_t limit = 48) noexcept;

/// A path for a message: without quotes, control characters escaped, and only the end of a very long one.
Message shown_path(std::string_view path) noexcept;

/// The same error with "<path>: " before its text, in which control characters are escaped.
Error in_file(std::string_view path, const Error& error) noexcept;

}  // namespace treadle::formats
