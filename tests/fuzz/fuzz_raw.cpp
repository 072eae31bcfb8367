#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "data/raw_description.hpp"
#include "file_in_memory.hpp"
#include "formats/json_writer.hpp"
#include "source_in_file.hpp"

namespace {

using namespace treadle;

using Contents = std::vector<std::uint8_t>;

/// `bytes` over and over, zeros if there are none.
Contents repeated(std::span<const std::uint8_t> bytes, std::uint64_t size) {
  Contents contents(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < contents.size() && !bytes.empty(); ++i) contents[i] = bytes[i % bytes.size()];
  return contents;
}

/// The same description with the files that were made for it.
std::string describe(const data::RawDescription& raw, const std::string& features, const std::string& labels) {
  const bool bytes = raw.info.type == data::ElementType::uint8;
  const std::optional<data::Scaling> scaling = bytes ? raw.info.scaling : raw.scaling;
  formats::JsonWriter json;
  json.begin_object().key("format").value(1).key("features").value(features);
  json.key("type").value(name(raw.type)).key("samples").value(raw.info.size);
  if (!raw.labels.empty()) {
    json.key("labels").value(labels).key("classes").value(raw.info.classes);
    json.key("label_type").value(name(raw.label_type));
  }
  json.key("shape").begin_array();
  for (const std::size_t extent : raw.info.shape.extents()) json.value(extent);
  json.end_array();
  if (scaling) json.key("scale").value(scaling->scale).key("offset").value(scaling->offset);
  return json.end_object().take();
}

/// A number of 53 bits at most is a double; of more, what rounds to the same float32 (round to odd).
double number(formats::NumberType type, const std::uint8_t* from) {
  std::uint64_t bits = 0;
  const std::size_t bytes = bytes_of(type);
  for (std::size_t i = bytes; i-- > 0;) bits = bits << 8 | from[i];
  if (type == formats::NumberType::boolean) return bits != 0;
  if (type == formats::NumberType::float32) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  if (type == formats::NumberType::float64) return std::bit_cast<double>(bits);
  if (type == formats::NumberType::float16) {
    const double sign = (bits & 0x8000) != 0 ? -1 : 1, fraction = static_cast<double>(bits & 1023);
    const int exponent = static_cast<int>(bits >> 10 & 31);
    if (exponent == 31) return NAN;  // not finite, which is all that counts
    return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
  }
  const bool negative = name(type).starts_with("int") && (bits >> (8 * bytes - 1)) != 0;
  std::uint64_t size = negative ? (~bits + 1) & (~std::uint64_t{0} >> (64 - 8 * bytes)) : bits;
  if (size >> 53 != 0) size = (size >> 11 | std::uint64_t{(size & 2047) != 0}) << 11;
  return negative ? -static_cast<double>(size) : static_cast<double>(size);
}

/// What the files hold, without the reader.
Result<data::Dataset> in_memory(const data::RawDescription& raw, const Contents& features, const Contents& labels,
                                data::Labels needed) {
  const Error bad{ErrorCode::bad_format, "made-up contents"};
  const bool labelled = needed == data::Labels::needed;
  const std::size_t classes = labelled ? raw.info.classes : 1;
  if (features.size() != raw.feature_bytes) return bad;
  if (labelled && (raw.labels.empty() || labels.size() != raw.label_bytes)) return bad;
  std::vector<std::int32_t> numbers(raw.info.size);
  for (std::size_t i = 0; labelled && i < numbers.size(); ++i) {
    const double label = number(raw.label_type, labels.data() + i * bytes_of(raw.label_type));
    if (label < 0 || label >= static_cast<double>(raw.info.classes)) return bad;
    numbers[i] = static_cast<std::int32_t>(label);
  }
  if (raw.info.type == data::ElementType::uint8)
    return data::Dataset::make(raw.info.shape, features, numbers, classes, raw.info.scaling);
  std::vector<float> values(features.size() / bytes_of(raw.type));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(number(raw.type, features.data() + i * bytes_of(raw.type)));
    if (raw.scaling) values[i] = std::fma(values[i], raw.scaling->scale, raw.scaling->offset);
    if (!std::isfinite(values[i])) return bad;
  }
  return data::Dataset::make(raw.info.shape, std::move(values), numbers, classes);
}

void check_files(const data::RawDescription& raw, const Contents& features, const Contents& labels) {
  const fuzz::FileInMemory feature_file(features.data(), features.size()), label_file(labels.data(), labels.size());
  const std::string text = describe(raw, feature_file.path(), label_file.path());
  const fuzz::FileInMemory description(text.data(), text.size());
  for (const auto& [access, needed] : {std::pair{data::Access::positioned, data::Labels::needed},
                                       std::pair{data::Access::mapped, data::Labels::needed},
                                       std::pair{data::Access::positioned, data::Labels::ignored}}) {
    const auto expected = in_memory(raw, features, labels, needed);
    const auto source = data::open_raw(description.path(), access, needed);
    fuzz::require_same(source, expected);
    if (!source) continue;
    const data::Scaling scaling = (*source)->info().scaling;
    fuzz::require(scaling.scale == raw.info.scaling.scale && scaling.offset == raw.info.scaling.offset,
                  "bytes are scaled as the description says");
  }
}

/// The files that it asks for, then one of them a byte shorter or longer. Too large ones end early.
void open_files(const data::RawDescription& raw, std::span<const std::uint8_t> bytes) {
  constexpr std::uint64_t most_bytes = 1 << 14;
  const Contents features = repeated(bytes, std::min(raw.feature_bytes, most_bytes));
  const Contents labels = repeated(bytes, std::min(raw.label_bytes, most_bytes));
  check_files(raw, features, labels);
  for (const int change : {-1, 1}) {
    const auto changed = [&](const Contents& contents) {
      return repeated(bytes, contents.size() + static_cast<std::uint64_t>(change));
    };
    check_files(raw, changed(features), labels);
    if (!labels.empty()) check_files(raw, features, changed(labels));
  }
}

}  // namespace

// The input is a description, and behind a zero byte what the files hold.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t end = std::min(input.find('\0'), size);
  const auto raw = data::parse_raw_description(input.substr(0, end));
  if (!raw) {
    fuzz::require_one_line(raw.error());
    return 0;
  }
  const auto sample = raw->info.sample_bytes();
  fuzz::require(sample.has_value() && *sample > 0, "a sample has bytes");
  fuzz::require(
      raw->info.size > 0 && raw->feature_bytes / raw->info.size == *raw->info.shape.elements() * bytes_of(raw->type),
      "the file has every sample");
  fuzz::require(raw->label_bytes / raw->info.size == (raw->labels.empty() ? 0 : bytes_of(raw->label_type)),
                "the file has every label");
  fuzz::require(raw->info.classes > 0, "there are classes");
  fuzz::require(!raw->features.empty(), "files have names");
  open_files(*raw, {data + end + (end < size), data + size});
  return 0;
}
