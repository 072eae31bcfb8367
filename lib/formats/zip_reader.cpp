#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/out_of_memory.hpp"
#include "formats/text.hpp"
#include "formats/zip.hpp"

namespace treadle::formats {
namespace {

Error bad_member(ErrorCode code, const ZipMember& member, const Message& message) noexcept {
  return {code, Message{"ZIP: member "} << shown_text(member.name) << ": " << message.text()};
}

Bytef* as_zlib(std::byte* bytes) noexcept { return reinterpret_cast<Bytef*>(bytes); }

}  // namespace

/// zlib's decompressor and the compressed bytes that it is given.
struct ZipReader::Inflater {
  Inflater() noexcept { ready = inflateInit2(&stream, -MAX_WBITS) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }

  z_stream stream{};
  bool ready = false;
  std::array<std::byte, 64 * 1024> piece;
};

ZipReader::ZipReader(const ZipArchive& archive, const ZipMember& member) noexcept
    : archive_(archive), member_(member) {}
ZipReader::~ZipReader() = default;

Result<void> ZipReader::begin() {
  begun_ = true;
  const Result<std::uint64_t> contents = find_zip_contents(archive_, member_);
  if (!contents) return contents.error();
  position_ = *contents;
  left_ = member_.compressed;
  if (member_.stored()) {
    if (left_ == member_.size) return {};
    return bad_member(ErrorCode::bad_format, member_,
                      Message{"stored bytes: expected "} << member_.size << ", got " << left_);
  }
  if (member_.method != 8)
    return bad_member(ErrorCode::unsupported, member_,
                      Message{"compression method "} << member_.method << ", expected 0 or 8 (deflate)");
  // Deflate makes at most 1032 bytes from one: a small file cannot ask for much memory.
  if (member_.size / 1032 > left_)
    return bad_member(ErrorCode::bad_format, member_,
                      Message{} << left_ << " compressed bytes cannot become " << member_.size);
  return base::or_out_of_memory("ZIP", [&]() -> Result<void> {
    inflater_ = std::make_unique<Inflater>();
    if (inflater_->ready) return {};
    return Error{ErrorCode::out_of_memory, "ZIP: not enough memory to decompress"};
  });
}

Result<void> ZipReader::read(std::span<std::byte> out) {
  if (!begun_)
    if (const Result<void> begun = begin(); !begun) return begun;
  const Result<void> got = inflater_ ? inflate(out) : copy(out);
  if (got && !out.empty())  // of no bytes zlib begins anew
    checksum_ = static_cast<std::uint32_t>(crc32_z(checksum_, as_zlib(out.data()), out.size()));
  return got;
}

Result<void> ZipReader::copy(std::span<std::byte> out) {
  if (out.size() > left_) return damaged();
  if (const Result<void> got = archive_.read(position_, out); !got) return got;
  position_ += out.size();
  left_ -= out.size();
  return {};
}

/// More compressed bytes, if there are any.
Result<void> ZipReader::feed() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in != 0 || left_ == 0) return {};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, inflater_->piece.size()));
  if (const Result<void> got = archive_.read(position_, std::span(inflater_->piece).first(count)); !got) return got;
  position_ += count;
  left_ -= count;
  stream.next_in = as_zlib(inflater_->piece.data());
  stream.avail_in = static_cast<uInt>(count);
  return {};
}

Result<void> ZipReader::inflate(std::span<std::byte> out) {
  z_stream& stream = inflater_->stream;
  while (!out.empty()) {
    if (const Result<void> fed = feed(); !fed) return fed;
    const std::size_t room = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
    stream.next_out = as_zlib(out.data());
    stream.avail_out = static_cast<uInt>(room);
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    out = out.subspan(room - stream.avail_out);
    // A buffer error is one if there is nothing more to give.
    if (status != Z_OK && !(status == Z_STREAM_END && out.empty())) return damaged();
  }
  return {};
}

Result<void> ZipReader::finish() {
  if (const Result<void> begun = read({}); !begun) return begun;  // of an empty member nothing was read
  if (inflater_) {
    z_stream& stream = inflater_->stream;
    std::byte more{};
    for (int status = Z_OK; status != Z_STREAM_END;) {
      if (const Result<void> fed = feed(); !fed) return fed;
      stream.next_out = as_zlib(&more);
      stream.avail_out = 1;
      status = ::inflate(&stream, Z_NO_FLUSH);
      if ((status != Z_OK && status != Z_STREAM_END) || stream.avail_out == 0) return damaged();
    }
    if (stream.avail_in != 0) return damaged();
  }
  if (left_ != 0) return damaged();
  if (checksum_ == member_.checksum) return {};
  return bad_member(ErrorCode::bad_format, member_, "the checksum does not fit");
}

Error ZipReader::damaged() const noexcept {
  return bad_member(ErrorCode::bad_format, member_,
                    Message{"damaged, expected "} << member_.size << " bytes to come out");
}

}  // namespace treadle::formats
