#include "sweep_result.hpp"

#include <nlohmann/json.hpp>

#include "errors.hpp"

namespace treadle::tool {
namespace {

using Json = nlohmann::ordered_json;

template <class Number>
Json or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

template <class Number>
std::optional<Number> maybe(const Json& object, const char* name) {
  const Json& value = object.at(name);
  return value.is_null() ? std::nullopt : std::optional<Number>(value.get<Number>());
}

}  // namespace

std::optional<double> joules_a_sample(const SweepResult& result) {
  const double samples = result.samples_per_second * result.seconds;
  return result.training_joules && samples > 0 ? std::optional{*result.training_joules / samples} : std::nullopt;
}

Json to_json(const SweepResult& result) {
  Json object = {{"batch_size", result.batch_size},
                 {"threads", result.threads},
                 {"learning_rate", result.learning_rate},
                 {"scaled_rate", result.scaled_rate},
                 {"tuned_rate", or_null(result.tuned_rate)},
                 {"micro_batch", result.micro_batch},
                 {"planned_bytes", result.planned_bytes},
                 {"measured_bytes", or_null(result.measured_bytes)},
                 {"samples_per_second", result.samples_per_second},
                 {"median_seconds", result.median_seconds},
                 {"p99_seconds", result.p99_seconds},
                 {"longest_seconds", result.longest_seconds},
                 {"iterations", result.iterations}};
  object["epochs"] = Json::array();
  for (const SweepPoint& point : result.epochs)
    object["epochs"].push_back({{"epoch", point.epoch},
                                {"seconds", point.seconds},
                                {"accuracy", point.accuracy},
                                {"joules", or_null(point.joules)}});
  object["cut_short"] = result.cut_short;
  object["diverged"] = result.diverged;
  object["seconds"] = result.seconds;
  object["training_joules"] = or_null(result.training_joules);
  object["equal_time_accuracy"] = or_null(result.equal_time_accuracy);
  object["joules"] = or_null(result.sensors.joules);
  object["celsius"] = or_null(result.sensors.celsius);
  object["least_mhz"] = or_null(result.sensors.least_mhz);
  object["mean_mhz"] = or_null(result.sensors.mean_mhz);
  object["throttled"] = or_null(result.sensors.throttled);
  object["wall_seconds"] = result.wall_seconds;
  return object;
}

SweepResult sweep_result(const Json& object) {
  try {
    SweepResult result;
    result.batch_size = object.at("batch_size").get<std::size_t>();
    result.threads = object.at("threads").get<std::size_t>();
    result.learning_rate = object.at("learning_rate").get<double>();
    result.scaled_rate = object.at("scaled_rate").get<double>();
    result.tuned_rate = maybe<double>(object, "tuned_rate");
    result.micro_batch = object.at("micro_batch").get<std::size_t>();
    result.planned_bytes = object.at("planned_bytes").get<std::size_t>();
    result.measured_bytes = maybe<std::size_t>(object, "measured_bytes");
    result.samples_per_second = object.at("samples_per_second").get<double>();
    result.median_seconds = object.at("median_seconds").get<double>();
    result.p99_seconds = object.at("p99_seconds").get<double>();
    result.longest_seconds = object.at("longest_seconds").get<double>();
    result.iterations = object.at("iterations").get<std::size_t>();
    for (const Json& point : object.at("epochs"))
      result.epochs.push_back({point.at("epoch").get<std::size_t>(), point.at("seconds").get<double>(),
                               point.at("accuracy").get<double>(), maybe<double>(point, "joules")});
    result.cut_short = object.at("cut_short").get<bool>();
    result.diverged = object.at("diverged").get<bool>();
    result.seconds = object.at("seconds").get<double>();
    result.training_joules = maybe<double>(object, "training_joules");
    result.equal_time_accuracy = maybe<double>(object, "equal_time_accuracy");
    result.sensors = {maybe<double>(object, "joules"), maybe<double>(object, "celsius"),
                      maybe<double>(object, "least_mhz"), maybe<double>(object, "mean_mhz"),
                      maybe<bool>(object, "throttled")};
    result.wall_seconds = object.at("wall_seconds").get<double>();
    return result;
  } catch (const Json::exception& problem) {
    throw Failure(std::string("expected a measured size: ") + problem.what());
  }
}

}  // namespace treadle::tool
