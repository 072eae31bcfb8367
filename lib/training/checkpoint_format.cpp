#include "training/checkpoint_format.hpp"

#include <algorithm>

#include "base/out_of_memory.hpp"
#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"
#include "training/checkpoint_names.hpp"
#include "training/state_json.hpp"

namespace treadle::training {
namespace {

using formats::Bytes, formats::Tensor, formats::TensorHead, formats::shown_text;

/// Bytes that are written at once.
constexpr std::size_t piece_bytes = 65536;

/// Writes to a file and hashes what it wrote.
class HashedFile {
 public:
  explicit HashedFile(formats::FileReplacement& file) : file_(file) {}
  Result<void> write(Bytes bytes) {
    hash_.update(bytes);
    return file_.write(bytes);
  }
  std::uint64_t hash() const noexcept { return hash_.value(); }

 private:
  formats::FileReplacement& file_;
  formats::Hash hash_;
};

template <class Number>
std::vector<std::uint8_t> little_endian(const std::vector<Number>& numbers) {
  std::vector<std::uint8_t> bytes(numbers.size() * sizeof(Number));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    formats::store_little_endian(numbers[i], bytes.data() + i * sizeof(Number));
  return bytes;
}

}  // namespace

void CheckpointLayout::add(const std::string& prefix, const std::vector<ParameterInfo>& infos, Block block,
                           std::size_t first) {
  for (const ParameterInfo& info : infos) {
    heads_.push_back({prefix + "." + info.name, "F32", info.shape, info.elements * sizeof(float)});
    places_.push_back({block, first + info.offset, info.elements});
  }
}

Result<CheckpointLayout> CheckpointLayout::make(const Model& model, const Optimizer& optimizer, bool keeps_best) {
  return base::or_out_of_memory("checkpoint", [&]() -> Result<CheckpointLayout> {
    const Result<std::vector<ParameterInfo>> infos = model.parameter_infos();
    if (!infos) return infos.error();
    const Result<std::size_t> parameters = parameter_count(model);
    if (!parameters) return parameters.error();
    CheckpointLayout layout;
    layout.parameters_ = *parameters;
    layout.add("parameters", *infos, &Snapshot::parameters, 0);
    for (const std::string_view name : state_names(optimizer)) {
      layout.add(std::string(name), *infos, &Snapshot::optimizer_state, layout.optimizer_state_);
      layout.optimizer_state_ += *parameters;
    }
    if (keeps_best) {
      layout.best_parameters_ = *parameters;
      layout.add("best", *infos, &Snapshot::best_parameters, 0);
    }
    const std::size_t tensors = layout.heads_.size();
    layout.heads_.push_back({sums_name, "U32", {tensors}, tensors * sizeof(std::uint32_t)});
    layout.heads_.push_back({hash_name, "U64", {1}, sizeof(std::uint64_t)});
    return layout;
  });
}

Snapshot CheckpointLayout::room() const {
  Snapshot snapshot;
  snapshot.parameters.resize(parameters_);
  snapshot.optimizer_state.resize(optimizer_state_);
  snapshot.best_parameters.resize(best_parameters_);
  return snapshot;
}

Result<std::vector<std::uint8_t>> CheckpointLayout::header(const Snapshot& snapshot, const Fingerprint& fingerprint,
                                                           std::uint64_t generation) const {
  formats::Metadata metadata = {{format_key, std::string(checkpoint_format)},
                                {generation_key, std::to_string(generation)},
                                {progress_key, progress_json(snapshot.progress)},
                                {state_key, state_json(snapshot.state)}};
  for (const auto& [name, text] : fingerprint) metadata.emplace_back(fingerprint_prefix + name, text);
  return formats::make_safetensors_header(heads_, metadata);
}

Result<std::size_t> CheckpointLayout::file_bytes(const Snapshot& snapshot, const Fingerprint& fingerprint) const {
  const Result<std::vector<std::uint8_t>> header = this->header(snapshot, fingerprint, 1);
  if (!header) return header.error();
  std::size_t bytes = header->size();
  for (const TensorHead& head : heads_) bytes += head.bytes;
  return bytes;
}

Result<void> CheckpointLayout::write(const Snapshot& snapshot, const Fingerprint& fingerprint, std::uint64_t generation,
                                     formats::FileReplacement& file) const {
  const Result<std::vector<std::uint8_t>> header = this->header(snapshot, fingerprint, generation);
  if (!header) return header.error();
  HashedFile hashed(file);
  if (const Result<void> written = hashed.write(*header); !written) return written;
  std::vector<std::uint32_t> sums;
  std::vector<std::uint8_t> piece(piece_bytes);
  for (const Place& place : places_) {
    std::span<const float> values = std::span(snapshot.*place.block).subspan(place.offset, place.elements);
    std::uint32_t sum = 0;
    while (!values.empty()) {
      const std::size_t count = std::min(values.size(), piece_bytes / sizeof(float));
      for (std::size_t i = 0; i < count; ++i) formats::store_little_endian(values[i], piece.data() + i * sizeof(float));
      const Bytes bytes = Bytes(piece).first(count * sizeof(float));
      sum = formats::crc32c(bytes, sum);
      if (const Result<void> written = hashed.write(bytes); !written) return written;
      values = values.subspan(count);
    }
    sums.push_back(sum);
  }
  if (const Result<void> written = hashed.write(little_endian(sums)); !written) return written;
  return file.write(little_endian<std::uint64_t>({hashed.hash()}));
}

Result<Snapshot> CheckpointLayout::read(const Checkpoint& checkpoint) const {
  Snapshot snapshot = room();
  snapshot.progress = checkpoint.progress;
  snapshot.state = checkpoint.state;
  if (checkpoint.contents.tensors.size() != heads_.size())
    return Error{ErrorCode::bad_format, Message{"checkpoint: expected "} << heads_.size() << " tensors, got "
                                                                         << checkpoint.contents.tensors.size()};
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Tensor* const tensor = checkpoint.contents.find(heads_[i].name);
    if (tensor == nullptr)
      return Error{ErrorCode::bad_format, Message{"checkpoint: no tensor "} << shown_text(heads_[i].name)};
    if (tensor->shape != heads_[i].shape)
      return Error{ErrorCode::shape_mismatch, Message{"checkpoint: tensor "} << shown_text(heads_[i].name)
                                                                             << ": expected " << heads_[i].shape
                                                                             << ", got " << tensor->shape};
    const Place& place = places_[i];
    const std::span<float> values = std::span(snapshot.*place.block).subspan(place.offset, place.elements);
    if (const Result<void> read = formats::read_tensor(*tensor, values); !read) return read.error();
  }
  return snapshot;
}

}  // namespace treadle::training
