// What the tests of files share: a folder that goes away, bytes built by hand, errors that must say certain words.
#pragma once

#include <doctest/doctest.h>
#include <treadle/result.hpp>

#include <stdlib.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::test {

using ByteVector = std::vector<std::uint8_t>;

/// An empty folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "treadle-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + '/' + std::string{name}; }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator{path_}, std::filesystem::directory_iterator{}));
  }

 private:
  std::string path_;
};

inline void put_file(const std::string& path, const ByteVector& bytes) {
  std::ofstream file{path, std::ios::binary};
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(file.good());
}

inline ByteVector get_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

inline ByteVector to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

inline ByteVector first_bytes(const ByteVector& bytes, std::size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

inline ByteVector joined(ByteVector a, const ByteVector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline ByteVector with_byte(ByteVector bytes, std::size_t position, std::uint8_t value) {
  bytes.at(position) = value;
  return bytes;
}

/// One gzip member.
inline ByteVector gzipped(const ByteVector& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  ByteVector compressed(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = compressed.data();
  stream.avail_out = static_cast<uInt>(compressed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

/// An IDX file: magic number, extents, elements.
inline ByteVector idx(std::initializer_list<std::uint32_t> extents, const ByteVector& elements) {
  ByteVector file{0, 0, 8, static_cast<std::uint8_t>(extents.size())};
  for (std::uint32_t extent : extents)
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::uint8_t>(extent >> shift));
  return joined(std::move(file), elements);
}

/// 0, 1, 2, ... 255, 0, 1, ...
inline ByteVector counting(std::size_t count) {
  ByteVector bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

/// One line, whole, without control characters.
inline bool is_one_line(std::string_view text) {
  if (text.empty() || text.size() >= Message::capacity - 1) return false;
  for (char character : text)
    if (static_cast<unsigned char>(character) < 0x20) return false;
  return true;
}

/// `result` must be an error of this code whose one line names all of `words`.
template <class T>
void check_error(const Result<T>& result, ErrorCode code, std::initializer_list<std::string_view> words) {
  REQUIRE_FALSE(result.has_value());
  const std::string text{result.error().text()};
  INFO(text);
  CHECK(name(result.error().code) == name(code));
  CHECK(is_one_line(text));
  for (std::string_view word : words) {
    INFO(std::string{word});
    CHECK(text.find(word) != std::string::npos);
  }
}

}  // namespace treadle::test
