#include "training/fingerprint.hpp"

#include <algorithm>
#include <charconv>
#include <variant>

#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"
#include "model/description.hpp"

namespace treadle::training {
namespace {

constexpr std::size_t hashed_samples = 1024;

template <class Number>
std::string text(Number number) {
  char room[32];
  return {room, std::to_chars(room, room + sizeof room, number).ptr};
}
std::string text(bool yes) { return yes ? "yes" : "no"; }

/// "Name key=value key=value".
class Words {
 public:
  explicit Words(std::string_view name) : text_(name) {}
  template <class Value>
  Words& add(std::string_view key, Value value) {
    text_.append(1, ' ').append(key).append(1, '=').append(text(value));
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string words(const Sgd& sgd) {
  return Words(Sgd::type)
      .add("learning_rate", sgd.learning_rate)
      .add("momentum", sgd.momentum)
      .add("nesterov", sgd.nesterov)
      .add("weight_decay", sgd.weight_decay)
      .take();
}
template <class A>
std::string words(const A& adam) {
  return Words(A::type)
      .add("learning_rate", adam.learning_rate)
      .add("beta1", adam.beta1)
      .add("beta2", adam.beta2)
      .add("epsilon", adam.epsilon)
      .add("weight_decay", adam.weight_decay)
      .take();
}

std::string words(const ConstantRate&) { return "constant"; }
std::string words(const LinearDecay&) { return "linear"; }
std::string words(const StepDecay& step) {
  return Words("step").add("epochs", step.epochs).add("factor", step.factor).take();
}
std::string words(const CosineDecay& cosine) { return Words("cosine").add("floor", cosine.floor).take(); }
std::string words(const OneCycle& cycle) { return Words("one-cycle").add("rise", cycle.rise).take(); }

std::string words(const SoftmaxCrossEntropy&) { return "SoftmaxCrossEntropy"; }

template <class... Each>
std::string words(const std::variant<Each...>& any) {
  return std::visit([](const auto& one) { return words(one); }, any);
}

std::string words(const EarlyStopping& stopping) {
  return Words(stopping.metric == Metric::validation_loss ? "validation_loss" : "validation_accuracy")
      .add("patience", stopping.patience)
      .add("least_improvement", stopping.least_improvement)
      .add("restore_best", stopping.restore_best)
      .take();
}

std::string words(const data::Dataset& data) {
  if (data.empty()) return "none";
  formats::Hash hash;
  const auto add = [&hash](auto value) {
    std::uint8_t bytes[sizeof value];
    formats::store_little_endian(value, bytes);
    hash.update(bytes);
  };
  const std::size_t hashed = std::min(hashed_samples, data.size()), elements = data.sample_elements();
  for (std::size_t i = 0; i < hashed; ++i) {
    const std::size_t sample =
        hashed == 1 ? 0 : static_cast<std::size_t>(std::uint64_t{i} * (data.size() - 1) / (hashed - 1));
    add(data.labels()[sample]);
    if (!data.bytes().empty()) hash.update(data.bytes().subspan(sample * elements, elements));
    if (!data.floats().empty())
      for (const float value : data.floats().subspan(sample * elements, elements)) add(value);
  }
  std::string shape = std::string((Message{} << data.sample_shape()).text());
  shape.erase(std::remove(shape.begin(), shape.end(), ' '), shape.end());
  return Words(text(data.size()) + " of " + shape)
      .add("classes", data.classes())
      .add("scale", data.scaling().scale)
      .add("offset", data.scaling().offset)
      .add("hash", hash.value())
      .take();
}

}  // namespace

Fingerprint make_fingerprint(const RunParts& parts) {
  const TrainerOptions& options = parts.options;
  return {{"layers", model::describe(parts.model)},
          {"loss", words(parts.loss)},
          {"optimizer", words(parts.optimizer)},
          {"epochs", text(options.epochs)},
          {"batch size", text(options.batch_size)},
          {"seed", text(options.seed)},
          {"schedule", words(options.schedule)},
          {"warm-up", text(options.warm_up)},
          {"limit of iterations", text(options.max_iterations)},
          {"early stopping", options.early_stopping ? words(*options.early_stopping) : "no"},
          {"shuffling", text(options.shuffle)},
          {"training data", words(parts.train)},
          {"validation data", words(parts.validation)}};
}

Result<void> check_same(const Fingerprint& expected, const Fingerprint& found) {
  for (const auto& [name, value] : expected) {
    const auto other = std::find_if(found.begin(), found.end(), [&](const auto& pair) { return pair.first == name; });
    if (other != found.end() && other->second == value) continue;
    Message message{"the checkpoint is of another run: "};
    message << name << ": expected " << formats::shown_text(value, 100) << ", it has ";
    if (other == found.end())
      message << "none";
    else
      message << formats::shown_text(other->second, 100);
    return Error{ErrorCode::invalid_argument, message};
  }
  if (found.size() != expected.size())
    return Error{ErrorCode::unsupported, "the checkpoint is of another version: it has more options than are known"};
  return {};
}

}  // namespace treadle::training
