#include "report/anomaly.hpp"

#include <algorithm>
#include <array>

#include "report/json_fields.hpp"

namespace treadle::reporting {
namespace {

/// A word of the log, and what people say.
struct Word {
  std::string_view logged, shown;
};
using Words = std::array<Word, 3>;
constexpr Words causes = {
    {{"loss", "the loss was not finite"}, {"gradient", "a gradient was not finite"}, {"spike", "the loss leapt"}}};
constexpr Words actions = {{{"stop", "stopped"}, {"skip", "skipped"}, {"roll-back", "rolled back"}}};

const Word* find_word(const Words& words, std::string_view logged) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.logged == logged; });
  return found == words.end() ? nullptr : &*found;
}

Result<void> check_word(std::string_view member, const Words& words, std::string_view logged) {
  if (find_word(words, logged) != nullptr) return {};
  return Error{ErrorCode::bad_format, Message{"expected \""} << member << "\" to be \"" << words[0].logged << "\", \""
                                                             << words[1].logged << "\" or \"" << words[2].logged
                                                             << '"'};
}

std::string shown_word(const Words& words, const std::string& logged) {
  const Word* const word = find_word(words, logged);
  return word == nullptr ? logged : std::string(word->shown);
}

}  // namespace

void write_anomaly(formats::JsonWriter& json, const LoggedAnomaly& anomaly) {
  json.begin_object().key("iteration").value(anomaly.iteration).key("epoch").value(anomaly.epoch);
  json.key("anomaly").value(anomaly.cause).key("action").value(anomaly.action);
  json.key("loss").value(anomaly.loss).key("layer").value(anomaly.layer).key("samples").begin_array();
  for (const std::uint64_t sample : anomaly.samples) json.value(sample);
  json.end_array().key("more_samples").value(anomaly.more_samples).end_object();
}

Result<LoggedAnomaly> parse_anomaly(formats::JsonValue object) {
  Fields fields(object);
  LoggedAnomaly anomaly;
  fields.whole("iteration", anomaly.iteration);
  fields.whole("epoch", anomaly.epoch);
  fields.text("anomaly", anomaly.cause);
  fields.text("action", anomaly.action);
  fields.real("loss", anomaly.loss);
  fields.text("layer", anomaly.layer);
  fields.wholes("samples", anomaly.samples);
  fields.maybe_whole("more_samples", anomaly.more_samples);
  if (const Result<void> read = fields.result(); !read) return read.error();
  if (const Result<void> known = check_word("anomaly", causes, anomaly.cause); !known) return known.error();
  if (const Result<void> known = check_word("action", actions, anomaly.action); !known) return known.error();
  return anomaly;
}

std::string cause_text(const LoggedAnomaly& anomaly) { return shown_word(causes, anomaly.cause); }

std::string samples_text(const LoggedAnomaly& anomaly) {
  std::string text;
  for (const std::uint64_t sample : anomaly.samples) text += (text.empty() ? "" : ", ") + std::to_string(sample);
  if (anomaly.more_samples == 0) return text;
  if (text.empty()) return std::to_string(anomaly.more_samples) + " without a number";
  return text + " and " + std::to_string(anomaly.more_samples) + " more";
}

std::string action_text(const LoggedAnomaly& anomaly) { return shown_word(actions, anomaly.action); }

}  // namespace treadle::reporting
