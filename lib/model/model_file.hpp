// A model as the bytes of one safetensors file.
#pragma once

#include <treadle/model.hpp>
#include <treadle/result.hpp>

#include <cstdint>
#include <vector>

#include "formats/file.hpp"

namespace treadle::model {

/// Where the description of the layers is in the file's metadata.
inline constexpr const char* description_key = "treadle.model";
/// Likewise the names of the classes, an array of strings; not there if they have none.
inline constexpr const char* classes_key = "treadle.classes";

/// The file that save() writes: nothing in it but the description, the parameters, the normalisation and the names of
/// classes.
Result<std::vector<std::uint8_t>> make_model_file(const Model& model);

/// The model in `file`, whose tensors must be exactly the parameters of the described layers, and the
/// normalisation's if it has one.
Result<Model> parse_model_file(formats::Bytes file);

}  // namespace treadle::model
