#include "training/state_json.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "formats/json.hpp"
#include "formats/json_writer.hpp"
#include "formats/text.hpp"
#include "training/state_fields.hpp"

namespace treadle::training {
namespace {

using formats::JsonKind, formats::JsonMember, formats::JsonValue, formats::JsonWriter;

class Writer {
 public:
  template <class T>
  requires std::is_class_v<T>
  void write(const T& fields) {
    json_.begin_object();
    visit_fields(fields, [this](const char* name, const auto& value) {
      json_.key(name);
      write(value);
    });
    json_.end_object();
  }
  void write(bool yes) { json_.value(yes); }
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) void write(Number number) { json_.value(number); }
  void write(double number) {
    if (std::isfinite(number))
      json_.value(number);
    else
      json_.value(std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
  }
  template <class T>
  void write(const std::optional<T>& value) {
    json_.begin_array();
    if (value) write(*value);
    json_.end_array();
  }
  template <class T>
  void write(const std::vector<T>& values) {
    json_.begin_array();
    for (const T& value : values) write(value);
    json_.end_array();
  }
  std::string take() { return json_.take(); }

 private:
  JsonWriter json_;
};

/// Remembers the first thing that is wrong.
class Reader {
 public:
  template <class T>
  void read(JsonValue json, T& fields) {
    if (json.kind() != JsonKind::object) return fail(json, "expected an object");
    std::size_t known = 0;
    visit_fields(fields, [&](const char* name, auto& value) {
      ++known;
      if (const std::optional<JsonValue> member = json.find(name))
        read(*member, value);
      else
        fail(json, Message{"no "} << formats::shown_text(name));
    });
    if (json.members().size() > known) fail(json, "a member that this version does not know");
  }
  void read(JsonValue json, bool& yes) {
    const std::optional<bool> value = json.as_boolean();
    if (!value) return fail(json, "expected true or false");
    yes = *value;
  }
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) void read(JsonValue json, Number& number) {
    const std::optional<std::uint64_t> value = json.as_unsigned();
    if (!value || *value > std::numeric_limits<Number>::max()) return fail(json, "expected a whole number");
    number = static_cast<Number>(*value);
  }
  void read(JsonValue json, double& number) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::string_view word = json.as_string().value_or("");
    if (const std::optional<double> value = json.as_real<double>())
      number = *value;
    else if (word == "nan")
      number = std::numeric_limits<double>::quiet_NaN();
    else if (word == "inf" || word == "-inf")
      number = word == "inf" ? infinity : -infinity;
    else
      fail(json, "expected a number");
  }
  template <class T>
  void read(JsonValue json, std::optional<T>& value) {
    const std::vector<JsonValue> elements = json.elements();
    if (json.kind() != JsonKind::array || elements.size() > 1) return fail(json, "expected an array of at most one");
    if (!elements.empty()) read(elements[0], value.emplace());
  }
  template <class T>
  void read(JsonValue json, std::vector<T>& values) {
    if (json.kind() != JsonKind::array) return fail(json, "expected an array");
    const std::vector<JsonValue> elements = json.elements();
    values.resize(elements.size());
    for (std::size_t i = 0; i < values.size(); ++i) read(elements[i], values[i]);
  }

  Result<void> result() const { return error_ ? Result<void>{*error_} : Result<void>{}; }

 private:
  void fail(JsonValue where, const Message& what) {
    if (!error_) error_ = Error{ErrorCode::bad_format, Message{what} << " at byte " << where.position()};
  }

  std::optional<Error> error_;
};

/// Gives every field the value with the longest text.
class Longest {
 public:
  template <class T>
  requires std::is_class_v<T>
  void set(T& fields) {
    visit_fields(fields, [this](const char*, auto& value) { this->set(value); });
  }
  void set(bool& yes) { yes = false; }
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) void set(Number& number) { number = std::numeric_limits<Number>::max(); }
  void set(double& number) { number = -1.2345678901234567e-300; }
  template <class T>
  void set(std::optional<T>& value) {
    set(value.emplace());
  }
  void set(std::vector<double>& recent) {
    recent.resize(recent_losses);
    for (double& loss : recent) set(loss);
  }
};

template <class T>
T longest() {
  T fields;
  Longest{}.set(fields);
  return fields;
}

template <class T>
std::string to_json(const T& fields) {
  Writer writer;
  writer.write(fields);
  return writer.take();
}

template <class T>
Result<T> from_json(std::string_view json) {
  const Result<formats::JsonDocument> document = formats::JsonDocument::parse(json);
  if (!document) return document.error();
  T fields;
  Reader reader;
  reader.read(document->root(), fields);
  if (const Result<void> read = reader.result(); !read) return read.error();
  return fields;
}

}  // namespace

RunState longest_state() { return longest<RunState>(); }
OptimizerProgress longest_progress() { return longest<OptimizerProgress>(); }
std::string state_json(const RunState& state) { return to_json(state); }
std::string progress_json(const OptimizerProgress& progress) { return to_json(progress); }
Result<RunState> parse_state(std::string_view json) { return from_json<RunState>(json); }
Result<OptimizerProgress> parse_progress(std::string_view json) { return from_json<OptimizerProgress>(json); }

}  // namespace treadle::training
