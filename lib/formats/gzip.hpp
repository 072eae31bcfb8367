// Reading gzip files (RFC 1952) with a bound on what comes out.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "formats/file.hpp"

namespace treadle::formats {

/// Whether `file` begins as every gzip file does.
bool is_gzip(Bytes file) noexcept;

/// Decompresses all of `file`: one or more gzip members one after another, and nothing else. Checksums and lengths are
/// verified. Errors: `bad_format` with the byte where the file is cut short, damaged or goes on with something else;
/// `too_large` when more than `limit` bytes would come out; `out_of_memory`. Memory is taken as bytes appear, so a
/// small file that claims to be huge costs little.
Result<std::vector<std::uint8_t>> gunzip(Bytes file, std::size_t limit);

/// Decompresses the first `count` bytes, or all if there are fewer, without looking further: for a header that says
/// how large the rest must be.
Result<std::vector<std::uint8_t>> gunzip_first(Bytes file, std::size_t count);

}  // namespace treadle::formats
