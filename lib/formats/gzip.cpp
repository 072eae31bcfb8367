#include "formats/gzip.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <exception>
#include <limits>

#include "base/checked.hpp"

namespace treadle::formats {
namespace {

Error no_memory() noexcept { return {ErrorCode::out_of_memory, "gzip: not enough memory to decompress"}; }

/// zlib's decompressor, fed from a file in memory.
class Inflater {
 public:
  explicit Inflater(Bytes file) noexcept : rest_(file), size_(file.size()) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, gzip_only) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  bool ready() const noexcept { return ready_; }

  /// Fills `room` as far as the file goes: fewer bytes mean that the file has ended as it should.
  Result<std::size_t> read(std::span<std::uint8_t> room) noexcept {
    std::size_t filled = 0;
    while (filled < room.size() && !ended_) {
      feed();
      const std::size_t part = std::min<std::size_t>(room.size() - filled, std::numeric_limits<uInt>::max());
      stream_.next_out = room.data() + filled;
      stream_.avail_out = static_cast<uInt>(part);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      filled += part - stream_.avail_out;
      if (status == Z_STREAM_END) {
        if (Result<void> next = next_member(); !next) return next.error();
      } else if (status == Z_MEM_ERROR) {
        return no_memory();
      } else if (status == Z_BUF_ERROR) {  // there is room, so it is input that is missing
        return damaged("is cut short");
      } else if (status != Z_OK) {
        return damaged(stream_.msg != nullptr ? stream_.msg : "not gzip data");
      }
    }
    return filled;
  }

 private:
  bool at_end() const noexcept { return stream_.avail_in == 0 && rest_.empty(); }

  /// zlib counts its input in 32 bits.
  void feed() noexcept {
    if (stream_.avail_in != 0) return;
    const std::size_t part = std::min<std::size_t>(rest_.size(), std::numeric_limits<uInt>::max());
    stream_.next_in = rest_.data();
    stream_.avail_in = static_cast<uInt>(part);
    rest_ = rest_.subspan(part);
  }

  Result<void> next_member() noexcept {
    feed();
    ended_ = at_end();
    if (ended_) return {};
    // The first byte decides; whatever else is wrong with a further member is found when it is read.
    if (*stream_.next_in != 0x1F) return damaged("something that is not gzip follows");
    if (inflateReset(&stream_) != Z_OK) return damaged("the next member cannot be read");
    return {};
  }

  Error damaged(std::string_view reason) const noexcept {
    const std::size_t position = size_ - rest_.size() - stream_.avail_in;
    return {ErrorCode::bad_format, Message{"gzip: "} << reason << " at compressed byte " << position};
  }

  z_stream stream_{};
  Bytes rest_;
  std::size_t size_;
  bool ready_ = false;
  bool ended_ = false;
};

/// Up to `most` bytes: fewer when the file ends. There are `usual` at most unless it was compressed uncommonly well.
Result<std::vector<std::uint8_t>> inflate_up_to(Inflater& inflater, std::size_t most, std::size_t usual) {
  // Reserved memory costs nothing until it is written, but addresses, of which a small machine has few. A small chunk
  // is still in the cache when zlib writes to it.
  constexpr std::size_t chunk = 256 * 1024;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(std::min(most, usual));
  while (bytes.size() < most) {
    const std::size_t used = bytes.size();
    bytes.resize(used + std::min(chunk, most - used));
    const Result<std::size_t> count = inflater.read(std::span(bytes).subspan(used));
    if (!count) return count.error();
    const bool ended = used + *count < bytes.size();
    bytes.resize(used + *count);
    if (ended) break;
  }
  return bytes;
}

/// Deflate makes at most 1032 bytes from one, so a bound on the input bounds the output.
std::size_t most_output(Bytes file, std::size_t limit) noexcept {
  return std::min(limit, (base::CheckedSize{file.size()} * 1032).saturated());
}

std::size_t usual_output(Bytes file) noexcept { return (base::CheckedSize{file.size()} * 16).saturated(); }

}  // namespace

bool is_gzip(Bytes file) noexcept { return file.size() >= 2 && file[0] == 0x1F && file[1] == 0x8B; }

Result<std::vector<std::uint8_t>> gunzip(Bytes file, std::size_t limit) {
  Inflater inflater{file};
  if (!inflater.ready()) return no_memory();
  try {
    Result<std::vector<std::uint8_t>> bytes = inflate_up_to(inflater, most_output(file, limit), usual_output(file));
    if (!bytes) return bytes.error();
    // Also when `limit` bytes are there, the checksum at the end is still to be read.
    std::uint8_t one_more;
    const Result<std::size_t> count = inflater.read({&one_more, 1});
    if (!count) return count.error();
    if (*count != 0)
      return Error{ErrorCode::too_large, Message{"gzip: more than the expected "} << limit << " bytes come out"};
    return bytes;
  } catch (const std::exception&) {
    return no_memory();
  }
}

Result<std::vector<std::uint8_t>> gunzip_first(Bytes file, std::size_t count) {
  Inflater inflater{file};
  if (!inflater.ready()) return no_memory();
  try {
    return inflate_up_to(inflater, most_output(file, count), usual_output(file));
  } catch (const std::exception&) {
    return no_memory();
  }
}

}  // namespace treadle::formats
