#include "progress_bar.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "output.hpp"

namespace treadle::tool {
namespace {

constexpr std::chrono::milliseconds between_draws{100};
constexpr std::chrono::seconds between_lines{10};
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

std::string left(double seconds, double done) { return duration_text(seconds * (1 - done) / done) + " left"; }

std::string speed(double samples, double seconds) {
  return grouped(static_cast<std::uint64_t>(seconds > 0 ? samples / seconds : 0)) + " samples/s";
}

/// "<begin>  [===   ]   50 %  <part>  <part>" in at most `width` columns.
std::string filled_line(const std::string& begin, double done, std::vector<std::string> parts, std::size_t width) {
  parts.insert(parts.begin(), padded(fixed(100 * done, 0), 3) + " %");
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

}  // namespace

std::string bar_line(const IterationRecord& record, std::size_t width, std::string_view what) {
  const double done =
      static_cast<double>(record.iteration) / static_cast<double>(std::max<std::size_t>(1, record.iterations));
  const std::string epochs =
      record.epochs == 0 ? std::string() : std::string("/").append(std::to_string(record.epochs));
  std::string begin =
      "epoch " + padded(std::to_string(record.epoch), epochs.size() - (epochs.empty() ? 0 : 1)) + epochs;
  if (!what.empty() && what.size() + gap.size() + begin.size() <= width)
    begin.insert(0, std::string(what) + std::string(gap));
  return filled_line(
      begin, done,
      {std::string("loss ") + fixed(record.mean_loss, 4), std::string("accuracy ") + percent(record.accuracy),
       left(record.seconds, done), speed(static_cast<double>(record.samples), record.seconds)},
      width);
}

std::string bar_line(const PassRecord& record, std::size_t width) {
  const double done = static_cast<double>(record.done) / static_cast<double>(record.all);
  return filled_line(std::string(record.what), done,
                     {left(record.seconds, done), speed(static_cast<double>(record.done), record.seconds)}, width);
}

bool ProgressBar::usable(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  return isatty(fileno(stream)) != 0 && (terminal == nullptr || std::string_view(terminal) != "dumb");
}

void ProgressBar::update(const IterationRecord& record, std::string_view what) {
  // One column stays free: a full line would make some terminals wrap.
  if (is_time()) draw(bar_line(record, terminal_width(terminal_) - 1, what));
}

void ProgressBar::update(const PassRecord& record) {
  if (is_time()) draw(bar_line(record, terminal_width(terminal_) - 1));
}

bool ProgressBar::is_time() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return false;
  next_ = now + between_draws;
  return true;
}

void ProgressBar::draw(const std::string& line) {
  drawn_ = true;
  const std::string text = std::string("\r") + line + "\x1b[K";
  std::fwrite(text.data(), 1, text.size(), terminal_);
  std::fflush(terminal_);
}

void ProgressBar::clear() {
  if (!drawn_) return;
  constexpr std::string_view wipe = "\r\x1b[K";
  std::fwrite(wipe.data(), 1, wipe.size(), terminal_);
  std::fflush(terminal_);
  drawn_ = false;
}

PassProgress::PassProgress(std::FILE* stream, std::string what, std::uint64_t samples, Clock::time_point begin)
    : stream_(stream),
      what_(std::move(what)),
      samples_(samples),
      terminal_(ProgressBar::usable(stream)),
      bar_(stream),
      begin_(begin),
      next_(begin + between_lines) {}

void PassProgress::update(std::uint64_t done, Clock::time_point now) {
  const PassRecord record{what_, done, samples_, std::chrono::duration<double>(now - begin_).count()};
  if (terminal_) return bar_.update(record);
  if (now < next_) return;
  next_ = now + between_lines;
  const double share = static_cast<double>(done) / static_cast<double>(samples_);
  const std::string line =
      what_ + ": " + grouped(done) + " of " + grouped(samples_) + " samples, " + left(record.seconds, share) + "\n";
  std::fwrite(line.data(), 1, line.size(), stream_);
  std::fflush(stream_);
}

}  // namespace treadle::tool
