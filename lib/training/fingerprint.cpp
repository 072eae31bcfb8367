#include "training/fingerprint.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

#include "base/out_of_memory.hpp"
#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"
#include "model/description.hpp"

namespace treadle::training {
namespace {

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
std::string words(const ExponentialRise& rise) { return Words("exponential").add("start", rise.start).take(); }

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

std::string words(const ReduceOnPlateau& plateau) {
  return Words("yes")
      .add("factor", plateau.factor)
      .add("patience", plateau.patience)
      .add("threshold", plateau.threshold)
      .add("cooldown", plateau.cooldown)
      .add("least", plateau.least)
      .take();
}

std::string words(const data::Augmentation& augmentation) {
  if (!augmentation.active()) return "none";
  return Words("yes")
      .add("shift", augmentation.shift)
      .add("flip_left_right", augmentation.flip_left_right)
      .add("flip_up_down", augmentation.flip_up_down)
      .add("rotate", augmentation.rotate)
      .add("crop", augmentation.crop)
      .add("cutout", augmentation.cutout)
      .add("time_shift", augmentation.time_shift)
      .add("gain", augmentation.gain)
      .add("noise", augmentation.noise)
      .add("fill", augmentation.fill)
      .add("mixup", augmentation.mixup)
      .take();
}

std::uint64_t hash_of(const Normalization& normalization) {
  formats::Hash hash;
  for (const std::vector<float>* constants : {&normalization.shift, &normalization.scale})
    for (const float constant : *constants) {
      std::uint8_t bytes[sizeof constant];
      formats::store_little_endian(constant, bytes);
      hash.update(bytes);
    }
  return hash.value();
}

std::string words(const Normalization& normalization) {
  return normalization.empty() ? "no" : Words("yes").add("hash", hash_of(normalization)).take();
}

/// How the samples of an epoch are ordered. What is in memory has no use for a window.
std::string order_words(const RunParts& parts) {
  const std::size_t window = parts.options.loading.window;
  if (!parts.options.shuffle) return "no";
  if (const data::SampleWeights& weights = parts.options.loading.weights; !weights.empty()) {
    formats::Hash hash;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      std::uint8_t bytes[sizeof weights[i]];
      formats::store_little_endian(weights[i], bytes);
      hash.update(bytes);
    }
    return Words("weighted").add("hash", hash.value()).take();
  }
  if (window == 0 || std::holds_alternative<data::Dataset>(parts.train)) return "yes";
  return Words("yes").add("window", window).take();
}

}  // namespace

Result<Fingerprint> make_fingerprint(const RunParts& parts) {
  const TrainerOptions& options = parts.options;
  const Result<std::string> train = data::fingerprint(parts.train), validation = data::fingerprint(parts.validation);
  if (!train) return train.error();
  if (!validation) return validation.error();
  return Fingerprint{{"layers", model::describe(parts.model)},
                     {"loss", words(parts.loss)},
                     {"optimizer", words(parts.optimizer)},
                     {"epochs", options.epochs ? text(*options.epochs) : "no limit"},
                     {"batch size", text(options.batch_size)},
                     {"seed", text(options.seed)},
                     {"schedule", words(*options.schedule)},
                     {"warm-up", text(options.warm_up)},
                     {"limit of iterations", text(options.max_iterations)},
                     {"early stopping", options.early_stopping ? words(*options.early_stopping) : "no"},
                     {"plateau", options.plateau ? words(*options.plateau) : "no"},
                     {"validation within epochs", text(options.validation_every)},
                     {"limit of the gradients' norm", text(options.clip_norm)},
                     {"limit of each gradient", text(options.clip_value)},
                     {"guard against spikes", text(options.guard ? options.guard->spike : 0.0)},
                     {"guard's factor of the rate", text(options.guard.value_or(Guard{}).rate_factor)},
                     {"shuffling", order_words(parts)},
                     {"augmentation", words(options.loading.augmentation)},
                     {"normalization", words(parts.model.normalization())},
                     {"training data", *train},
                     {"validation data", *validation}};
}

Result<void> check_same(const Fingerprint& expected, const Fingerprint& found) {
  for (const auto& wanted : expected) {
    const auto other =
        std::find_if(found.begin(), found.end(), [&](const auto& pair) { return pair.first == wanted.first; });
    if (other != found.end() && other->second == wanted.second) continue;
    Message message{"the checkpoint is of another run: "};
    message << wanted.first << ": expected " << formats::shown_text(wanted.second, 100) << ", it has ";
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

namespace treadle {

Result<std::uint64_t> hash(const Normalization& normalization) {
  return base::or_out_of_memory("hash", [&]() -> Result<std::uint64_t> { return training::hash_of(normalization); });
}

}  // namespace treadle
