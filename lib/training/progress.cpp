// The progress of a run as lines of text, one an epoch.
#include <treadle/training.hpp>

#include <cmath>
#include <string>

namespace treadle {
namespace {

/// `number` with `digits` after the point. The sign of what is not a number is that of the processor.
std::string decimal(double number, int digits) {
  if (std::isnan(number)) return "nan";
  char text[400];  // the largest double has 309 digits before the point
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

std::string loss_and_accuracy(double loss, double accuracy) {
  return "loss " + decimal(loss, 4) + "  accuracy " + decimal(100 * accuracy, 2) + " %  ";
}

std::string progress_line(const EpochRecord& record) {
  const std::string epochs =
      record.epochs == 0 ? std::string() : std::string("/").append(std::to_string(record.epochs));
  std::string epoch = std::to_string(record.epoch);
  if (epoch.size() + 1 < epochs.size()) epoch.insert(0, epochs.size() - epoch.size() - 1, ' ');
  std::string line = "epoch " + epoch + epochs + "  ";
  line += loss_and_accuracy(record.train_loss, record.train_accuracy);
  if (record.validation)
    line += "validation " + loss_and_accuracy(record.validation->loss, record.validation->accuracy);
  return line + decimal(record.seconds, 1) + " s  " + decimal(record.samples_per_second, 0) + " samples/s\n";
}

}  // namespace

std::function<void(const EpochRecord&)> print_progress(std::FILE* stream) {
  return [stream](const EpochRecord& record) {
    const std::string line = progress_line(record);
    std::fwrite(line.data(), 1, line.size(), stream);
    std::fflush(stream);  // a pipe or file would otherwise show it much later
  };
}

}  // namespace treadle
