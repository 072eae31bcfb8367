#include "kept_normalization.hpp"

#include <treadle/run_report.hpp>

#include <fstream>
#include <nlohmann/json.hpp>

#include "output.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

std::string kept_file(const std::string& folder) { return folder + "/normalization.json"; }

/// What the constants were learnt from, and how.
Json origin(NormalizationMethod method, const data::Samples& train) {
  return {{"method", method == NormalizationMethod::standard ? "standard" : "min-max"},
          {"training data", data::fingerprint(train).value()}};
}

std::vector<float> floats(const Json& numbers) {
  std::vector<float> constants;
  for (const Json& number : numbers) constants.push_back(number.get<float>());
  return constants;
}

}  // namespace

std::optional<Normalization> kept_normalization(const std::string& folder, NormalizationMethod method,
                                                const data::Samples& train) {
  std::ifstream in(kept_file(folder), std::ios::binary);
  if (!in) return std::nullopt;
  try {
    const Json kept = Json::parse(in);
    if (kept.at("origin") != origin(method, train)) return std::nullopt;
    Normalization normalization{floats(kept.at("shift")), floats(kept.at("scale"))};
    if (kept.at("hash") != hash(normalization).value()) return std::nullopt;
    return normalization;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void keep_normalization(const std::string& folder, NormalizationMethod method, const data::Samples& train,
                        const Normalization& normalization) {
  // A float has the same bits again after it was written as a double.
  const Json kept = {{"origin", origin(method, train)},
                     {"hash", hash(normalization).value()},
                     {"shift", normalization.shift},
                     {"scale", normalization.scale}};
  static_cast<void>(reporting::write_text(kept_file(folder), json_line(kept)));
}

}  // namespace treadle::tool
