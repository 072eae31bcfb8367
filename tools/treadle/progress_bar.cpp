#include "progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "output.hpp"

namespace treadle::tool {
namespace {

constexpr std::chrono::milliseconds between_draws{100};
constexpr std::string_view gap = "  ";

std::size_t terminal_width(std::FILE* terminal) {
  constexpr std::size_t usual = 80;
  winsize size{};
  if (ioctl(fileno(terminal), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return size.ws_col;
}

/// At least `width` characters, so that what follows keeps its place.
std::string padded(std::string text, std::size_t width) {
  return text.size() < width ? text.insert(0, width - text.size(), ' ') : text;
}

std::string bar(double done, std::size_t cells) {
  const auto filled = std::min(static_cast<std::size_t>(done * static_cast<double>(cells)), cells);
  return std::string("[").append(filled, '=').append(cells - filled, ' ').append("]");
}

}  // namespace

std::string bar_line(const IterationRecord& record, std::size_t width, std::string_view what) {
  const double done =
      static_cast<double>(record.iteration) / static_cast<double>(std::max<std::size_t>(1, record.iterations));
  const double rate = record.seconds > 0 ? static_cast<double>(record.samples) / record.seconds : 0;
  const std::string epochs =
      record.epochs == 0 ? std::string() : std::string("/").append(std::to_string(record.epochs));
  std::string begin =
      "epoch " + padded(std::to_string(record.epoch), epochs.size() - (epochs.empty() ? 0 : 1)) + epochs;
  if (!what.empty() && what.size() + gap.size() + begin.size() <= width)
    begin.insert(0, std::string(what) + std::string(gap));
  const std::string parts[] = {
      padded(fixed(100 * done, 0), 3) + " %",
      std::string("loss ") + fixed(record.mean_loss, 4),
      std::string("accuracy ") + percent(record.accuracy),
      duration_text(record.seconds * (1 - done) / done) + " left",
      grouped(static_cast<std::uint64_t>(rate)) + " samples/s",
  };
  std::string end;
  for (const std::string& part : parts) {
    if (begin.size() + end.size() + gap.size() + part.size() > width) break;
    end += gap;
    end += part;
  }
  constexpr std::size_t frame = gap.size() + 2, fewest_cells = 5, most_cells = 30;  // frame: the brackets too
  const std::size_t used = begin.size() + end.size() + frame;
  if (used + fewest_cells > width) return (begin + end).substr(0, width);
  return begin + std::string(gap) + bar(done, std::min(width - used, most_cells)) + end;
}

bool ProgressBar::usable(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(fileno(stream)) != 0 && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

void ProgressBar::update(const IterationRecord& record, std::string_view what) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + between_draws;
  drawn_ = true;
  // One column stays free: a full line would make some terminals wrap.
  const std::string line = std::string("\r") + bar_line(record, terminal_width(terminal_) - 1, what) + "\x1b[K";
  std::fwrite(line.data(), 1, line.size(), terminal_);
  std::fflush(terminal_);
}

void ProgressBar::clear() {
  if (!drawn_) return;
  constexpr std::string_view wipe = "\r\x1b[K";
  std::fwrite(wipe.data(), 1, wipe.size(), terminal_);
  std::fflush(terminal_);
  drawn_ = false;
}

}  // namespace treadle::tool
