// Whole files: read with a limit, and written so that they appear whole or not at all.
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace treadle::formats {

using Bytes = std::span<const std::uint8_t>;

/// What a reader takes at most unless it says otherwise: 4 GiB less one byte, which is a size on 32-bit machines too.
inline constexpr std::size_t max_file_size = 0xFFFF'FFFF;

/// Everything in the file at `path`, which may be a pipe or device that ends. Errors: `not_found`, `io` (a folder, no
/// permission, a failing disk), `too_large` when there are more than `limit` bytes, `out_of_memory`.
Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::size_t limit = max_file_size);

/// Makes `contents` the file at `path`. Whenever the power goes, `path` is either what it was or all of the new file:
/// the bytes go to "<path>.tmp" first, reach the disk, and are renamed. A symbolic link to a file stays one and its
/// target is replaced; a replaced file keeps its permissions; a device or pipe is written to directly. After an error
/// the temporary file is gone and the file at `path` is as it was (or whole and new, if only its folder could not be
/// synced). A leftover of an interrupted earlier writer is replaced; a second writer at the same time gets an error.
Result<void> write_file(const std::string& path, Bytes contents);

}  // namespace treadle::formats
