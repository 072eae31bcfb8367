#include "formats/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "formats/text.hpp"

namespace treadle::formats {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

struct TypeName {
  std::string_view descr;
  NumberType type;
};
constexpr TypeName types[] = {{"|b1", NumberType::boolean}, {"|u1", NumberType::uint8},   {"|i1", NumberType::int8},
                              {"<u2", NumberType::uint16},  {"<i2", NumberType::int16},   {"<u4", NumberType::uint32},
                              {"<i4", NumberType::int32},   {"<u8", NumberType::uint64},  {"<i8", NumberType::int64},
                              {"<f2", NumberType::float16}, {"<f4", NumberType::float32}, {"<f8", NumberType::float64}};

Error bad_npy(ErrorCode code, const Message& message) noexcept { return {code, Message{"NPY: "} << message.text()}; }

/// Reads the header's dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, keys in any order.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::size_t offset) noexcept : text_(text), offset_(offset) {}

  Result<NpyHeader> parse() {
    if (!take('{')) return expected("'{'");
    while (!take('}')) {
      const std::optional<std::string_view> key = take_string();
      if (!key || !take(':')) return expected("a key in quotes and ':'");
      if (const Result<void> read = read_value(*key); !read) return read.error();
      if (!take(',') && !at('}')) return expected("',' or '}'");
    }
    skip_blanks();
    if (place_ != text_.size()) return expected("the header's end");
    if (!type_ || !ordered_ || !shape_)
      return bad_npy(ErrorCode::bad_format, Message{"the header lacks "} << (!type_      ? "'descr'"
                                                                             : !ordered_ ? "'fortran_order'"
                                                                                         : "'shape'"));
    return NpyHeader{*type_, *shape_, 0};
  }

 private:
  Result<void> read_value(std::string_view key) {
    if (key == "descr" && !type_) return read_type();
    if (key == "fortran_order" && !ordered_) return read_order();
    if (key == "shape" && !shape_) return read_shape();
    return bad_npy(ErrorCode::bad_format,
                   Message{"unexpected or repeated key "} << shown_text(key) << " before byte " << offset_ + place_);
  }

  Result<void> read_type() {
    const std::optional<std::string_view> descr = take_string();
    if (!descr) return bad_npy(ErrorCode::unsupported, "arrays of records are not read, expected one element type");
    const auto* found = std::find_if(std::begin(types), std::end(types),
                                     [&](const TypeName& candidate) { return candidate.descr == *descr; });
    if (found == std::end(types))
      return bad_npy(ErrorCode::unsupported,
                     Message{"elements of type "}
                         << shown_text(*descr)
                         << " are not read, expected whole numbers, bool, <f2, <f4 or <f8; save "
                            "x.astype(\"float32\"), labels y.astype(\"int32\")");
    type_ = found->type;
    return {};
  }

  Result<void> read_order() {
    if (take_word("True"))
      return bad_npy(ErrorCode::unsupported, "Fortran order is not read, save numpy.ascontiguousarray(array)");
    if (!take_word("False")) return expected("True or False");
    ordered_ = true;
    return {};
  }

  Result<void> read_shape() {
    if (!take('(')) return expected("'('");
    std::array<std::size_t, Shape::max_rank> extents{};
    std::size_t rank = 0;
    while (!take(')')) {
      skip_blanks();
      std::size_t extent = 0;
      const char* begin = text_.data() + place_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (error == std::errc::result_out_of_range)
        return bad_npy(ErrorCode::too_large, Message{"the extent at byte "} << offset_ + place_ << " is no size");
      if (error != std::errc{}) return expected("an extent or ')'");
      if (rank == extents.size())
        return bad_npy(ErrorCode::unsupported, Message{"more than "} << Shape::max_rank << " axes");
      extents[rank++] = extent;
      place_ += static_cast<std::size_t>(end - begin);
      if (!take(',') && !at(')')) return expected("',' or ')'");
    }
    shape_ = Shape{std::span<const std::size_t>(extents.data(), rank)};
    return {};
  }

  void skip_blanks() noexcept { place_ = std::min(text_.find_first_not_of(" \t\n", place_), text_.size()); }

  bool at(char character) noexcept {
    skip_blanks();
    return place_ < text_.size() && text_[place_] == character;
  }
  bool take(char character) noexcept {
    const bool there = at(character);
    place_ += there;
    return there;
  }
  bool take_word(std::string_view word) noexcept {
    skip_blanks();
    const bool there = text_.substr(place_, word.size()) == word;
    if (there) place_ += word.size();
    return there;
  }
  std::optional<std::string_view> take_string() noexcept {
    const char quote = at('"') ? '"' : '\'';
    if (!at(quote)) return std::nullopt;
    const std::size_t end = text_.find(quote, place_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = text_.substr(place_ + 1, end - place_ - 1);
    place_ = end + 1;
    return text;
  }

  Error expected(std::string_view what) noexcept {
    skip_blanks();
    return bad_npy(ErrorCode::bad_format, Message{"byte "} << offset_ + place_ << " of the header: expected " << what
                                                           << ", got " << shown_text(text_.substr(place_, 16)));
  }

  std::string_view text_;
  std::size_t offset_;
  std::size_t place_ = 0;
  std::optional<NumberType> type_;
  bool ordered_ = false;
  std::optional<Shape> shape_;
};

/// Where the dictionary begins and how long it is.
struct HeaderPlace {
  std::size_t begin;
  std::size_t size;
};

Result<HeaderPlace> find_npy_header(Bytes file, std::uint64_t file_bytes) {
  if (file.size() < magic.size() + 2 ||
      !std::equal(magic.begin(), magic.end(), file.begin(),
                  [](char expected, std::uint8_t byte) { return static_cast<std::uint8_t>(expected) == byte; }))
    return bad_npy(ErrorCode::bad_format, "no magic string \"\\x93NUMPY\" and version at byte 0");
  const unsigned major = file[6], minor = file[7];
  if ((major != 1 && major != 2) || minor != 0)
    return bad_npy(ErrorCode::unsupported,
                   Message{"version "} << major << '.' << minor << " at byte 6, expected 1.0 or 2.0");
  const std::size_t length_bytes = major == 1 ? 2 : 4, begin = 8 + length_bytes;
  std::size_t size = 0;
  if (file.size() >= begin)
    for (std::size_t i = 0; i < length_bytes; ++i) size |= std::size_t{file[8 + i]} << (8 * i);
  if (file.size() < begin || size > file_bytes - begin)
    return bad_npy(ErrorCode::bad_format,
                   Message{"the header from byte 8 on is cut short, the file has "} << file_bytes);
  if (size > file.size() - begin)
    return bad_npy(ErrorCode::unsupported, Message{"a header of "} << size << " bytes is longer than any of numbers");
  return HeaderPlace{begin, size};
}

}  // namespace

Result<NpyHeader> parse_npy_header(Bytes start, std::uint64_t file_bytes) {
  const Result<HeaderPlace> place = find_npy_header(start, file_bytes);
  if (!place) return place.error();
  const std::string_view text{reinterpret_cast<const char*>(start.data()) + place->begin, place->size};
  Result<NpyHeader> header = HeaderParser{text, place->begin}.parse();
  if (!header) return header.error();
  header->begin = place->begin + place->size;
  std::uint64_t wanted = bytes_of(header->type);  // a file may be larger than memory
  bool fits = true;
  for (const std::uint64_t extent : header->shape.extents()) fits &= !__builtin_mul_overflow(wanted, extent, &wanted);
  if (!fits)
    return bad_npy(ErrorCode::too_large, Message{"the bytes of shape "} << header->shape << " do not fit into a size");
  if (file_bytes - header->begin != wanted)
    return bad_npy(ErrorCode::bad_format, Message{} << name(header->type) << " elements " << header->shape << " make "
                                                    << wanted << " bytes, after the header there are "
                                                    << file_bytes - header->begin);
  return header;
}

}  // namespace treadle::formats
