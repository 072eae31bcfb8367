// TensorBoard's event files: records as TFRecord frames them, each an Event message of protocol buffers.
#include <treadle/run_report.hpp>

#include <bit>
#include <cmath>

#include "formats/checksum.hpp"

namespace treadle::reporting {
namespace {

template <class Number>
void append_little_endian(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

/// Protocol buffers, "Base 128 Varints".
void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(0x80 | (number & 0x7F));
  out += static_cast<char>(number);
}

enum WireType : std::uint8_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

void append_key(std::string& out, std::uint32_t field, WireType type) { append_varint(out, field << 3 | type); }

void append_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  append_key(out, field, length_delimited);
  append_varint(out, bytes.size());
  out += bytes;
}

/// TFRecord's mask, so that a checksum of data with checksums in it stays one.
std::uint32_t masked_crc(std::string_view bytes) {
  const std::uint32_t crc = formats::crc32c({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

/// uint64 length, its masked CRC-32C, the bytes, their masked CRC-32C.
void append_record(std::string& out, std::string_view bytes) {
  std::string length;
  append_little_endian(length, std::uint64_t{bytes.size()});
  out += length;
  append_little_endian(out, masked_crc(length));
  out += bytes;
  append_little_endian(out, masked_crc(bytes));
}

/// Event: double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5.
std::string event_begin(double seconds, std::uint64_t step) {
  std::string event;
  append_key(event, 1, fixed64);
  append_little_endian(event, std::bit_cast<std::uint64_t>(seconds));
  append_key(event, 2, varint);
  append_varint(event, step);
  return event;
}

/// Summary: repeated Value value = 1; Value: string tag = 1; float simple_value = 2.
void append_scalar(std::string& out, double seconds, std::uint64_t step, std::string_view tag, double number) {
  if (!std::isfinite(number)) return;
  std::string value, summary, event = event_begin(seconds, step);
  append_bytes(value, 1, tag);
  append_key(value, 2, fixed32);
  append_little_endian(value, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
  append_bytes(summary, 1, value);
  append_bytes(event, 5, summary);
  append_record(out, event);
}

}  // namespace

std::string run_events(const RunRecord& run, double start_seconds) {
  std::string out, head = event_begin(start_seconds, 0);
  append_bytes(head, 3, "brain.Event:2");
  append_record(out, head);
  double now = start_seconds;
  for (const LoggedEpoch& epoch : run.log.epochs) {
    if (std::isfinite(epoch.seconds)) now += epoch.seconds;
    const auto add = [&](std::string_view tag, const std::optional<double>& number) {
      append_scalar(out, now, epoch.epoch, tag, number.value_or(std::nan("")));
    };
    add("loss/train", epoch.train_loss);
    add("loss/validation", epoch.validation_loss);
    add("accuracy/train", epoch.train_accuracy);
    add("accuracy/validation", epoch.validation_accuracy);
    add("learning_rate", epoch.learning_rate);
    add("samples_per_second", epoch.samples_per_second);
  }
  for (const LoggedIteration& iteration : run.log.iterations)
    append_scalar(out, start_seconds, iteration.iteration, "iteration/loss", iteration.loss);
  for (const LoggedValidation& validation : run.log.validations) {
    append_scalar(out, start_seconds, validation.iteration, "iteration/validation_loss", validation.loss);
    append_scalar(out, start_seconds, validation.iteration, "iteration/validation_accuracy", validation.accuracy);
  }
  return out;
}

}  // namespace treadle::reporting
