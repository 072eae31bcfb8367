// The arrays of an NPZ file: which are the samples of which part, and where their bytes are.
#pragma once

#include <treadle/data.hpp>
#include <treadle/result.hpp>
#include <treadle/source.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/positioned_file.hpp"
#include "formats/npy.hpp"
#include "formats/zip.hpp"

namespace treadle::data {

/// An array by its header.
struct NpzArray {
  std::string name;
  formats::ZipMember member;
  formats::NpyHeader header;
};

/// One part by the headers of its arrays.
struct NpzPair {
  NpzArray features;
  std::optional<NpzArray> labels;  ///< none: each is 0
  SampleInfo info;                 ///< of max_classes classes
};

/// Training samples, and those of the other parts that there are; all of one shape.
struct NpzParts {
  NpzPair train;
  std::optional<NpzPair> test, validation;
};

class NpzArchive {
 public:
  static Result<NpzArchive> open(const std::string& path, Access access = Access::positioned);

  /// Reads headers alone. Labels that are ignored need not be there. Errors name the array, here and below.
  Result<NpzParts> parts(Labels labels) const;

  /// Its reader at the first element.
  Result<std::unique_ptr<formats::ZipReader>> elements(const NpzArray& array) const;

  const std::shared_ptr<const PositionedFile>& file() const noexcept { return file_; }
  const formats::ZipArchive& zip() const noexcept { return *zip_; }

 private:
  NpzArchive() = default;

  bool has(std::string_view array) const { return find(array) != members_.end(); }
  std::vector<formats::ZipMember>::const_iterator find(std::string_view array) const;
  Result<NpzArray> open_array(const std::string& name) const;
  Result<NpzPair> open_pair(const std::string& suffix, Labels labels) const;
  Message names() const;

  std::shared_ptr<const PositionedFile> file_;
  std::shared_ptr<const formats::ZipArchive> zip_;
  std::vector<formats::ZipMember> members_;
};

/// The same error with the array's name before it.
Error in_array(const NpzArray& array, const Error& error) noexcept;
/// The same error with the file's name before it, unless it names it already.
Error in_npz(const std::string& path, const Error& error) noexcept;

}  // namespace treadle::data
