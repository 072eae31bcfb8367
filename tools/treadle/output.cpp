#include "output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>

#include "errors.hpp"

namespace treadle::tool {

namespace {

int first_problem = 0;  // errno of the first write to standard output that failed

}  // namespace

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && first_problem == 0) first_problem = errno;
}

bool out_is_taken() { return first_problem == 0; }

void write_json(const nlohmann::ordered_json& object) { write_out(json_line(object)); }

void finish_out() {
  if (std::fflush(stdout) != 0 && first_problem == 0) first_problem = errno;
  if (first_problem == 0 || first_problem == EPIPE) return;
  throw Failure(std::string("standard output: ") + std::strerror(first_problem));
}

std::optional<std::size_t> terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::optional<std::size_t>(size.ws_col) : std::nullopt;
}

std::size_t chart_columns() {
  constexpr std::size_t widest = 100;
  return std::min(terminal_columns().value_or(80), widest);
}

std::string json_line(const nlohmann::ordered_json& object) {
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string shortest(float number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

double as_written(float number) {
  const std::string text = shortest(number);
  double written = 0;
  std::from_chars(text.data(), text.data() + text.size(), written);
  return written;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3;) text.insert(place -= 3, 1, ',');
  return text;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < std::size(names); ++unit) amount /= 1024;
  return fixed(amount, unit == 0 ? 0 : 1) + " " + names[unit];
}

std::string fixed(double number, int digits) {
  if (std::isnan(number)) return "nan";  // whose sign is that of the processor
  char text[400];                        // the largest double has 309 digits before the point
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

std::string rate_text(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", rate);
  return text;
}

std::string percent(double fraction) { return fixed(100 * fraction, 2) + " %"; }

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::clamp(seconds, 0.0, 1e9));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::size_t extent : shape.extents()) {
    if (!text.empty()) text += 'x';
    text += std::to_string(extent);
  }
  return text.empty() ? "scalar" : text;
}

std::string counted(std::uint64_t number, std::string_view what) {
  return grouped(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

/// The columns `which`, in their order.
std::string Table::text_of(const std::vector<std::size_t>& which, const std::vector<std::size_t>& widths) const {
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (const std::size_t i : which) {
      if (i >= row.size()) continue;
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += i == 0 ? row[i] + padding : (line.empty() ? "" : "  ") + padding + row[i];
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string Table::text() const { return text(std::string::npos, 0); }

std::string Table::text(std::size_t columns, std::size_t keys) const {
  const std::vector<std::size_t> widths = this->widths();
  std::vector<std::size_t> which;
  std::string text;
  std::size_t width = 0;
  const auto take = [&](std::size_t column) {
    which.push_back(column);
    width += widths[column] + (which.size() > 1 ? 2 : 0);
  };
  for (std::size_t column = 0; column < widths.size(); ++column) {
    if (which.size() > keys && width + 2 + widths[column] > columns) {
      text += text_of(which, widths) + "\n";
      which.clear();
      width = 0;
      for (std::size_t key = 0; key < keys; ++key) take(key);
    }
    take(column);
  }
  return text + text_of(which, widths);
}

std::string shown(const Table& table, std::size_t keys) {
  return table.text(terminal_columns().value_or(std::string::npos), keys);
}

}  // namespace treadle::tool
