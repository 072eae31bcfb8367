// An anomaly of the log: as JSON and in words.
#pragma once

#include <treadle/run_log.hpp>

#include <string>

#include "formats/json.hpp"
#include "formats/json_writer.hpp"

namespace treadle::reporting {

/// One object: {"iteration":12,"epoch":1,"anomaly":"loss","action":"skip","loss":null,"layer":"3 Dense","samples":[7]}.
void write_anomaly(formats::JsonWriter& json, const LoggedAnomaly& anomaly);
Result<LoggedAnomaly> parse_anomaly(formats::JsonValue object);

/// As people say it: "the loss was not finite", "skipped".
std::string cause_text(const LoggedAnomaly& anomaly);
std::string samples_text(const LoggedAnomaly& anomaly);
std::string action_text(const LoggedAnomaly& anomaly);

}  // namespace treadle::reporting
