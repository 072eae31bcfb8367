#include "training/checkpoint_format.hpp"

#include <algorithm>
#include <limits>

#include "base/out_of_memory.hpp"
#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"
#include "training/checkpoint_names.hpp"
#include "training/record_table.hpp"
#include "training/state_json.hpp"

namespace treadle::training {
namespace {

using formats::Bytes, formats::Tensor, formats::TensorHead, formats::shown_text;

/// Bytes that are written at once.
constexpr std::size_t piece_bytes = 65536;

/// Writes to a file, hashes what it wrote and sums up each tensor.
class SummedFile {
 public:
  explicit SummedFile(formats::FileReplacement& file) : file_(file) {}
  Result<void> write(Bytes bytes) {
    hash_.update(bytes);
    return file_.write(bytes);
  }
  /// The tensor of `elements`, each stored by store(element, to) in `bytes` bytes, in pieces.
  template <class Element, class Store>
  Result<void> write_tensor(std::span<const Element> elements, std::size_t bytes, const Store& store) {
    std::uint32_t sum = 0;
    while (!elements.empty()) {
      const std::size_t count = std::min(elements.size(), piece_.size() / bytes);
      for (std::size_t i = 0; i < count; ++i) store(elements[i], piece_.data() + i * bytes);
      const Bytes piece = Bytes(piece_).first(count * bytes);
      sum = formats::crc32c(piece, sum);
      if (const Result<void> written = write(piece); !written) return written;
      elements = elements.subspan(count);
    }
    sums_.push_back(sum);
    return {};
  }
  template <class Record>
  Result<void> write_records(const std::vector<Record>& records) {
    return write_tensor(std::span<const Record>(records), record_bytes<Record>,
                        [](const Record& record, std::uint8_t* to) { RowWriter(to).write(record); });
  }
  const std::vector<std::uint32_t>& sums() const noexcept { return sums_; }
  std::uint64_t hash() const noexcept { return hash_.value(); }

 private:
  formats::FileReplacement& file_;
  formats::Hash hash_;
  std::vector<std::uint8_t> piece_ = std::vector<std::uint8_t>(piece_bytes);
  std::vector<std::uint32_t> sums_;
};

template <class Record>
TensorHead table_head(const char* name, std::size_t records) {
  return {name, "F64", {records, record_columns<Record>}, records * record_bytes<Record>};
}

std::size_t file_size(const std::vector<std::uint8_t>& header, const std::vector<TensorHead>& heads) {
  std::size_t bytes = header.size();
  for (const TensorHead& head : heads) bytes += head.bytes;
  return bytes;
}

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

Result<CheckpointLayout> CheckpointLayout::make(const Model& model, const Optimizer& optimizer, bool keeps_best,
                                                const RecordLimits& limits) {
  return base::or_out_of_memory("checkpoint", [&]() -> Result<CheckpointLayout> {
    const Result<std::vector<ParameterInfo>> infos = model.parameter_infos();
    if (!infos) return infos.error();
    const Result<std::size_t> parameters = parameter_count(model);
    if (!parameters) return parameters.error();
    CheckpointLayout layout;
    layout.parameters_ = *parameters;
    layout.limits_ = limits;
    layout.add("parameters", *infos, &Snapshot::parameters, 0);
    for (const std::string_view name : state_names(optimizer)) {
      layout.add(std::string(name), *infos, &Snapshot::optimizer_state, layout.optimizer_state_);
      layout.optimizer_state_ += *parameters;
    }
    if (keeps_best) {
      layout.best_parameters_ = *parameters;
      layout.add("best", *infos, &Snapshot::best_parameters, 0);
    }
    return layout;
  });
}

Snapshot CheckpointLayout::room() const {
  Snapshot snapshot;
  snapshot.parameters.resize(parameters_);
  snapshot.optimizer_state.resize(optimizer_state_);
  snapshot.best_parameters.resize(best_parameters_);
  snapshot.state.reserve(limits_);
  return snapshot;
}

std::vector<TensorHead> CheckpointLayout::heads(const Snapshot& snapshot) const {
  std::vector<TensorHead> heads = heads_;
  heads.push_back(table_head<EpochRecord>(epochs_name, snapshot.state.epochs.size()));
  heads.push_back(table_head<ValidationRecord>(validations_name, snapshot.state.validations.size()));
  const std::size_t summed = heads.size();
  heads.push_back({sums_name, "U32", {summed}, summed * sizeof(std::uint32_t)});
  heads.push_back({hash_name, "U64", {1}, sizeof(std::uint64_t)});
  return heads;
}

Result<std::vector<std::uint8_t>> CheckpointLayout::header(const std::vector<TensorHead>& heads,
                                                           const Snapshot& snapshot, const Fingerprint& fingerprint,
                                                           std::uint64_t generation) const {
  formats::Metadata metadata = {{format_key, std::string(checkpoint_format)},
                                {generation_key, std::to_string(generation)},
                                {progress_key, progress_json(snapshot.progress)},
                                {state_key, state_json(snapshot.state)}};
  for (const auto& [name, text] : fingerprint) metadata.emplace_back(fingerprint_prefix + name, text);
  return formats::make_safetensors_header(heads, metadata);
}

Result<std::size_t> CheckpointLayout::file_bytes(const Snapshot& snapshot, const Fingerprint& fingerprint) const {
  const std::vector<TensorHead> heads = this->heads(snapshot);
  const Result<std::vector<std::uint8_t>> header = this->header(heads, snapshot, fingerprint, 1);
  if (!header) return header.error();
  return file_size(*header, heads);
}

Result<std::size_t> CheckpointLayout::most_bytes(const Fingerprint& fingerprint) const {
  Snapshot largest;
  largest.state = longest_state();
  largest.state.epochs.resize(limits_.epochs);
  largest.state.validations.resize(limits_.validations);
  largest.progress = longest_progress();
  const std::vector<TensorHead> heads = this->heads(largest);
  const Result<std::vector<std::uint8_t>> header =
      this->header(heads, largest, fingerprint, std::numeric_limits<std::uint64_t>::max());
  if (!header) return header.error();
  return file_size(*header, heads);
}

Result<void> CheckpointLayout::write(const Snapshot& snapshot, const Fingerprint& fingerprint, std::uint64_t generation,
                                     formats::FileReplacement& file) const {
  const Result<std::vector<std::uint8_t>> header = this->header(heads(snapshot), snapshot, fingerprint, generation);
  if (!header) return header.error();
  SummedFile summed(file);
  if (const Result<void> written = summed.write(*header); !written) return written;
  for (const Place& place : places_) {
    const std::span<const float> values = std::span(snapshot.*place.block).subspan(place.offset, place.elements);
    if (const Result<void> written = summed.write_tensor(values, sizeof(float), formats::store_little_endian<float>);
        !written)
      return written;
  }
  if (const Result<void> written = summed.write_records(snapshot.state.epochs); !written) return written;
  if (const Result<void> written = summed.write_records(snapshot.state.validations); !written) return written;
  if (const Result<void> written = summed.write(little_endian(summed.sums())); !written) return written;
  return file.write(little_endian<std::uint64_t>({summed.hash()}));
}

Result<Snapshot> CheckpointLayout::read(const Checkpoint& checkpoint) const {
  Snapshot snapshot = room();
  snapshot.progress = checkpoint.progress;
  snapshot.state = checkpoint.state;
  constexpr std::size_t others = 4;  // two tables of records, two of checksums
  if (checkpoint.contents.tensors.size() != heads_.size() + others)
    return Error{ErrorCode::bad_format, Message{"checkpoint: expected "} << heads_.size() + others << " tensors, got "
                                                                         << checkpoint.contents.tensors.size()};
  const auto find = [&](const std::string& name) -> Result<const Tensor*> {
    if (const Tensor* const tensor = checkpoint.contents.find(name)) return tensor;
    return Error{ErrorCode::bad_format, Message{"checkpoint: no tensor "} << shown_text(name)};
  };
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Result<const Tensor*> found = find(heads_[i].name);
    if (!found) return found.error();
    const Tensor* const tensor = *found;
    if (tensor->shape != heads_[i].shape)
      return Error{ErrorCode::shape_mismatch, Message{"checkpoint: tensor "} << shown_text(heads_[i].name)
                                                                             << ": expected " << heads_[i].shape
                                                                             << ", got " << tensor->shape};
    const Place& place = places_[i];
    const std::span<float> values = std::span(snapshot.*place.block).subspan(place.offset, place.elements);
    if (const Result<void> read = formats::read_tensor(*tensor, values); !read) return read.error();
  }
  const Result<const Tensor*> epochs = find(epochs_name), validations = find(validations_name);
  if (!epochs) return epochs.error();
  if (!validations) return validations.error();
  if (const Result<void> read = read_table(**epochs, limits_.epochs, snapshot.state.epochs); !read) return read.error();
  if (const Result<void> read = read_table(**validations, limits_.validations, snapshot.state.validations); !read)
    return read.error();
  return snapshot;
}

}  // namespace treadle::training
