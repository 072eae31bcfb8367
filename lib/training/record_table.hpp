// Records of a run as a table of float64, a row each: what checkpoints keep many of.
#pragma once

#include <treadle/result.hpp>
#include <treadle/training.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "formats/little_endian.hpp"
#include "formats/safetensors.hpp"
#include "formats/text.hpp"
#include "training/state_fields.hpp"

namespace treadle::training {

/// A record's fields in the order of state_fields.hpp as little-endian float64: whole numbers as they are, which is
/// exact below 2^53, true as 1, and an Evaluation that may be missing as 1 or 0 before its own fields.
class RowWriter {
 public:
  explicit RowWriter(std::uint8_t* to) noexcept : to_(to) {}

  template <class T>
  requires std::is_class_v<T>
  void write(const T& fields) noexcept {
    visit_fields(fields, [this](const char*, const auto& value) { this->write(value); });
  }
  void write(double number) noexcept {
    formats::store_little_endian(number, to_);
    to_ += sizeof number;
  }
  void write(std::unsigned_integral auto number) noexcept { write(static_cast<double>(number)); }
  void write(const std::optional<Evaluation>& evaluation) noexcept {
    write(evaluation.has_value());
    write(evaluation.value_or(Evaluation{}));
  }

 private:
  std::uint8_t* to_;
};

class RowReader {
 public:
  explicit RowReader(const std::uint8_t* from) noexcept : from_(from) {}

  template <class T>
  requires std::is_class_v<T>
  void read(T& fields) noexcept {
    visit_fields(fields, [this](const char*, auto& value) { this->read(value); });
  }
  void read(double& number) noexcept {
    number = formats::load_little_endian<double>(from_);
    from_ += sizeof number;
  }
  template <std::unsigned_integral Number>
  void read(Number& number) noexcept {
    constexpr double limit = std::same_as<Number, bool> ? 2 : sizeof(Number) < 8 ? 0x1p32 : 0x1p53;
    double value = 0;
    read(value);
    if (value >= 0 && value < limit && value == std::floor(value))
      number = static_cast<Number>(value);
    else
      valid_ = false;
  }
  void read(std::optional<Evaluation>& evaluation) noexcept {
    bool there = false;
    read(there);
    read(evaluation.emplace());
    if (!there) evaluation.reset();
  }
  /// Whether every number was one that a RowWriter writes.
  bool valid() const noexcept { return valid_; }

 private:
  const std::uint8_t* from_;
  bool valid_ = true;
};

/// Numbers in a row.
template <class Record>
inline constexpr std::size_t record_columns = std::same_as<Record, EpochRecord> ? 10 : 6;

template <class Record>
inline constexpr std::size_t record_bytes = record_columns<Record> * sizeof(double);

/// The records of a table [records, columns] of at most `limit`. Errors, `bad_format`: another type or shape, a number
/// that cannot be a record's.
template <class Record>
Result<void> read_table(const formats::Tensor& tensor, std::size_t limit, std::vector<Record>& records) {
  const Message where = Message{"checkpoint: tensor "} << formats::shown_text(tensor.name) << ": ";
  const std::size_t rows = tensor.bytes.size() / record_bytes<Record>;
  if (tensor.dtype != "F64" || tensor.shape != Shape{rows, record_columns<Record>} || rows > limit)
    return Error{ErrorCode::bad_format, Message{where} << "expected F64 of at most " << limit << " rows of "
                                                       << record_columns<Record> << ", got " << tensor.dtype << ' '
                                                       << tensor.shape};
  records.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    RowReader reader(tensor.bytes.data() + row * record_bytes<Record>);
    reader.read(records[row]);
    if (!reader.valid()) return Error{ErrorCode::bad_format, Message{where} << "row " << row << " is no record"};
  }
  return {};
}

}  // namespace treadle::training
