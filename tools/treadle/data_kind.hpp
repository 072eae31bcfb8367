// What --data names: which kind of data, in which files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace treadle::tool {

/// What a path holds, whatever its name: a folder of IDX or NPY files or of images, an NPZ file, the description of raw
/// data, or else CSV.
enum class DataKind : std::uint8_t { idx, images, npy, npz, raw, csv };
DataKind kind_of(const std::string& path);

/// Whether there are images in the folder itself.
bool has_images(const std::string& folder);

/// Whether all that is there of a folder of IDX files can be read in any order.
bool is_unpacked(const std::string& folder);

/// The files that reading the data at `path` may open.
std::vector<std::string> data_files(const std::string& path);

}  // namespace treadle::tool
