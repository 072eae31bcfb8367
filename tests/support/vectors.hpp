// Reads the tensors that the scripts in tests/vectors made with PyTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/file.hpp"
#include "formats/safetensors.hpp"

namespace treadle::test {

class Vectors {
 public:
  explicit Vectors(const std::string& path)
      : file_(formats::read_file(path, 1 << 24).value()), tensors_(formats::parse_safetensors(file_).value()) {}

  std::vector<float> floats(const std::string& name) const { return read<float>(name); }
  std::vector<std::int32_t> integers(const std::string& name) const { return read<std::int32_t>(name); }

 private:
  template <class T>
  std::vector<T> read(const std::string& name) const {
    const formats::Tensor* tensor = tensors_.find(name);
    if (tensor == nullptr) throw std::runtime_error("no tensor " + name);
    std::vector<T> values(tensor->shape.elements().value());
    formats::read_tensor(*tensor, std::span<T>(values)).value();
    return values;
  }

  std::vector<std::uint8_t> file_;
  formats::Safetensors tensors_;
};

}  // namespace treadle::test
