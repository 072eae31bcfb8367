// TensorBoard's event files: records as TFRecord frames them, each an Event message of protocol buffers.
#include <treadle/run_report.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

#include "formats/checksum.hpp"
#include "report/run_parts.hpp"

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

/// When each iteration was: those of an epoch share its seconds, and those of one that is not finished go on as fast as
/// the one before.
class Clock {
 public:
  Clock(const RunLog& log, double start) : now_(start) {
    for (const LoggedEpoch& epoch : log.epochs) {
      const double seconds = epoch.seconds > 0 && std::isfinite(epoch.seconds) ? epoch.seconds : 0;
      const auto iterations = static_cast<double>(epoch.iterations);
      spans_.push_back({end_, now_, iterations > 0 ? seconds / iterations : 0});
      end_ += iterations;
      now_ += seconds;
      epoch_ends_.push_back(now_);
    }
    spans_.push_back({end_, now_, spans_.empty() ? 0 : spans_.back().seconds});
  }

  /// At the end of the epoch at `index` of the log.
  double at_epoch(std::size_t index) const { return epoch_ends_[index]; }
  /// `iteration`: of the run, from 1.
  double at_iteration(std::uint64_t iteration) const {
    const auto number = static_cast<double>(iteration);
    const auto later = std::upper_bound(spans_.begin() + 1, spans_.end(), number,
                                        [](double n, const Span& span) { return n <= span.before; });
    const Span& span = *(later - 1);
    return span.begin + (number - span.before) * span.seconds;
  }

 private:
  /// From one epoch's begin on.
  struct Span {
    double before, begin, seconds;  // iterations before it, when it began, and of one iteration
  };
  std::vector<Span> spans_;
  std::vector<double> epoch_ends_;
  double end_ = 0, now_;
};

}  // namespace

std::string run_events(const RunRecord& run, double start_seconds) {
  std::string out, head = event_begin(start_seconds, 0);
  append_bytes(head, 3, "brain.Event:2");
  append_record(out, head);
  const Clock clock(run.log, start_seconds);
  for (std::size_t i = 0; i < run.log.epochs.size(); ++i) {
    const LoggedEpoch& epoch = run.log.epochs[i];
    const auto add = [&](std::string_view tag, const std::optional<double>& number) {
      append_scalar(out, clock.at_epoch(i), epoch.epoch, tag, or_nan(number));
    };
    add("loss/train", epoch.train_loss);
    add("loss/validation", epoch.validation_loss);
    add("accuracy/train", epoch.train_accuracy);
    add("accuracy/validation", epoch.validation_accuracy);
    add("learning_rate", epoch.learning_rate);
    add("samples_per_second", epoch.samples_per_second);
  }
  const auto add = [&](std::uint64_t iteration, std::string_view tag, double number) {
    append_scalar(out, clock.at_iteration(iteration), iteration, tag, number);
  };
  for (const LoggedIteration& iteration : run.log.iterations) {
    add(iteration.iteration, "iteration/loss", iteration.loss);
    add(iteration.iteration, "iteration/learning_rate", or_nan(iteration.learning_rate));
  }
  for (const LoggedValidation& validation : run.log.validations) {
    add(validation.iteration, "iteration/validation_loss", validation.loss);
    add(validation.iteration, "iteration/validation_accuracy", validation.accuracy);
  }
  return out;
}

}  // namespace treadle::reporting
