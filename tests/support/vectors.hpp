// Reads the tensors that the scripts in tests/vectors made.
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
  bool has(const std::string& name) const { return tensors_.find(name) != nullptr; }
  Shape shape(const std::string& name) const { return tensor(name).shape; }

 private:
  const formats::Tensor& tensor(const std::string& name) const {
    const formats::Tensor* const found = tensors_.find(name);
    if (found == nullptr) throw std::runtime_error("no tensor " + name);
    return *found;
  }

  template <class T>
  std::vector<T> read(const std::string& name) const {
    const formats::Tensor& found = tensor(name);
    std::vector<T> values(found.shape.elements().value());
    formats::read_tensor(found, std::span<T>(values)).value();
    return values;
  }

  std::vector<std::uint8_t> file_;
  formats::Safetensors tensors_;
};

}  // namespace treadle::test
