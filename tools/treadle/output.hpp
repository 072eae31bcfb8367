// What the tool writes: text for people, one JSON object for machines.
#pragma once

#include <treadle/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace treadle::tool {

/// Writes to standard output, which is buffered: what goes wrong is told by finish_out().
void write_out(std::string_view text);
/// Whether standard output has taken everything so far.
bool out_is_taken();
/// Writes one JSON object and a line end to standard output.
void write_json(const nlohmann::ordered_json& object);
/// Flushes standard output. A reader that went away has what it wanted; any other trouble (a full disk) is a Failure.
void finish_out();

/// The width of the terminal that standard output is; nothing if it is none, or does not say.
std::optional<std::size_t> terminal_columns();

/// How wide a chart is to be: as the terminal, or what reads well in a file.
std::size_t chart_columns();

/// The object as one line, with whatever is not UTF-8 in a name replaced.
std::string json_line(const nlohmann::ordered_json& object);

/// The shortest decimal number that is read as `number`: "0.001".
std::string shortest(float number);
/// The double nearest to what a person would write for `number`: 0.001, not 0.0010000000474974513.
double as_written(float number);

/// "60,000".
std::string grouped(std::uint64_t number);
/// "918.5 KiB".
std::string human_bytes(std::uint64_t bytes);
/// A decimal number with `digits` after the point.
std::string fixed(double number, int digits);
/// As many digits as a learning rate is worth: "0.0023", "1e-07".
std::string rate_text(double rate);
/// "88.51 %" for 0.8851.
std::string percent(double fraction);
/// "42 s", "3 min 20 s", "2 h 5 min": whole seconds of less than thirty years.
std::string duration_text(double seconds);
/// "28x28x1".
std::string shape_text(const Shape& shape);
/// "1 thread", "2 threads".
std::string counted(std::uint64_t number, std::string_view what);

/// Columns as wide as their longest cell, two spaces apart. The first is flush left, the others flush right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) { rows_.push_back(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;
  /// No wider than `columns` where that can be: what does not fit follows in further tables, each of which begins with
  /// the first `keys` columns again.
  std::string text(std::size_t columns, std::size_t keys) const;

 private:
  std::vector<std::size_t> widths() const;
  std::string text_of(const std::vector<std::size_t>& which, const std::vector<std::size_t>& widths) const;

  std::vector<std::vector<std::string>> rows_;
};

/// The table, no wider than the terminal if standard output is one.
std::string shown(const Table& table, std::size_t keys = 1);

}  // namespace treadle::tool
