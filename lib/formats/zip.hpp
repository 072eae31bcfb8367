// Reading ZIP archives as NumPy's NPZ files are: members stored or deflated, no encryption, less than 4 GiB
// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "formats/file.hpp"

namespace treadle::formats {

/// A member as the archive's directory describes it. Nothing in it is to be trusted before extract() has succeeded.
struct ZipMember {
  std::string name;
  std::uint16_t method = 0;  ///< 0: stored, 8: deflated
  std::uint32_t checksum = 0;
  std::size_t compressed = 0;  ///< bytes in the archive
  std::size_t size = 0;        ///< bytes that come out
  std::size_t offset = 0;      ///< of its local header
};

/// Whether `file` begins as an archive with members does.
bool is_zip(Bytes file) noexcept;

/// The archive's directory. Errors: `bad_format` (no directory, or one that is cut short or contradicts itself),
/// `unsupported` (ZIP64, several disks), `out_of_memory`.
Result<std::vector<ZipMember>> read_zip_directory(Bytes file);

/// What the member contains, its size and checksum verified. Errors: `bad_format`, `unsupported` (encryption, another
/// method), `out_of_memory`. Memory is taken for what the compressed bytes can become at most, whatever is claimed.
Result<std::vector<std::uint8_t>> extract(Bytes file, const ZipMember& member);

}  // namespace treadle::formats
