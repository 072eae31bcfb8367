// Reading ZIP archives as NumPy's NPZ files are: members stored or deflated, no encryption, ZIP64 where they are large
// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
#pragma once

#include <treadle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace treadle::formats {

/// An archive's bytes, wherever they are.
struct ZipArchive {
  std::uint64_t size = 0;
  /// Fills `out` from the byte `position` on; nothing beyond `size` is asked for.
  std::function<Result<void>(std::uint64_t position, std::span<std::byte> out)> read;
};

/// A member as the archive's directory describes it. Nothing in it is to be trusted before all of it was read.
struct ZipMember {
  std::string name;
  std::uint16_t method = 0;  ///< 0: stored, 8: deflated
  std::uint32_t checksum = 0;
  std::uint64_t compressed = 0;  ///< bytes in the archive
  std::uint64_t size = 0;        ///< bytes that come out
  std::uint64_t offset = 0;      ///< of its local header

  bool stored() const noexcept { return method == 0; }
};

/// The archive's directory. Errors: `bad_format` (no directory, or one that is cut short or contradicts itself),
/// `unsupported` (encryption, several disks), `too_large` (a directory above 64 MiB), `out_of_memory`, those of
/// reading.
Result<std::vector<ZipMember>> read_zip_directory(const ZipArchive& archive);

/// Where the bytes of a member begin, of which `compressed` are in the archive. Errors: `bad_format`.
Result<std::uint64_t> find_zip_contents(const ZipArchive& archive, const ZipMember& member);

/// What a member contains, from its beginning to its end; archive and member must outlive it. Memory is taken for a
/// piece of the compressed bytes alone.
class ZipReader {
 public:
  ZipReader(const ZipArchive& archive, const ZipMember& member) noexcept;
  ~ZipReader();

  /// Fills `out` with the bytes that come next. Errors: `bad_format` (damaged, fewer bytes, a size that the compressed
  /// bytes cannot become: known before the first byte), `unsupported` (another method), `out_of_memory`, those of
  /// reading.
  Result<void> read(std::span<std::byte> out);

  /// To be called when all was read: an error unless nothing is left and the checksum fits.
  Result<void> finish();

 private:
  struct Inflater;

  Result<void> begin();
  Result<void> copy(std::span<std::byte> out);
  Result<void> inflate(std::span<std::byte> out);
  Result<void> feed();
  Error damaged() const noexcept;

  const ZipArchive& archive_;
  const ZipMember& member_;
  std::uint64_t position_ = 0;  // in the archive
  std::uint64_t left_ = 0;      // bytes of the member there
  std::uint32_t checksum_ = 0;
  bool begun_ = false;
  std::unique_ptr<Inflater> inflater_;  // of a deflated member
};

}  // namespace treadle::formats
