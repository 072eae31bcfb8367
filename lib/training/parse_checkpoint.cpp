// Reads what nobody vouches for: a file that may be torn, or of something else.
#include <algorithm>
#include <charconv>
#include <utility>

#include "base/out_of_memory.hpp"
#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "formats/text.hpp"
#include "training/checkpoint_format.hpp"
#include "training/checkpoint_names.hpp"
#include "training/state_json.hpp"

namespace treadle::training {
namespace {

using formats::Bytes, formats::Safetensors, formats::Tensor, formats::shown_text;

Error bad(const Message& what, ErrorCode code = ErrorCode::bad_format) noexcept {
  return {code, Message{"checkpoint: "} << what};
}

Result<std::string_view> find_text(const Safetensors& contents, const char* key) {
  const std::optional<std::string_view> text = contents.find_metadata(key);
  if (!text) return bad(Message{"no "} << shown_text(key) << " in the metadata");
  return *text;
}

/// The tensors in the order in which they lie in the file; empty ones, which begin where the next does, before it.
std::vector<const Tensor*> in_order(const Safetensors& contents) {
  std::vector<const Tensor*> tensors;
  for (const Tensor& tensor : contents.tensors) tensors.push_back(&tensor);
  const auto place = [](const Tensor* tensor) { return std::pair(tensor->bytes.data(), tensor->bytes.size()); };
  std::stable_sort(tensors.begin(), tensors.end(),
                   [&](const Tensor* a, const Tensor* b) { return place(a) < place(b); });
  return tensors;
}

/// Whether `tensor` is the one of this name, type and number of elements.
bool is(const Tensor& tensor, std::string_view name, std::string_view dtype, std::size_t elements) noexcept {
  return tensor.name == name && tensor.dtype == dtype && tensor.shape == Shape{elements};
}

/// Whether the file ends in the hash of all before it, as every format's does.
bool ends_in_hash(Bytes file) {
  if (file.size() < sizeof(std::uint64_t)) return false;
  const Bytes hashed = file.first(file.size() - sizeof(std::uint64_t));
  formats::Hash hash;
  hash.update(hashed);
  return hash.value() == formats::load_little_endian<std::uint64_t>(hashed.data() + hashed.size());
}

/// A header that cannot be read is a damaged one unless the hash is right.
Error damaged_or_other(const Error& error, Bytes file) {
  const bool damaged = error.code != ErrorCode::out_of_memory && !ends_in_hash(file);
  return damaged ? Error{ErrorCode::bad_format, error.message} : error;
}

/// The sums first, which can tell what is damaged, then the hash, which covers the header too.
Result<void> check_sums(const Safetensors& contents, Bytes file) {
  const std::vector<const Tensor*> tensors = in_order(contents);
  const std::size_t summed = tensors.size() < 2 ? 0 : tensors.size() - 2;
  if (tensors.size() < 2 || !is(*tensors[summed], sums_name, "U32", summed) ||
      !is(*tensors[summed + 1], hash_name, "U64", 1))
    return bad(Message{"expected the tensors "} << shown_text(sums_name) << " and " << shown_text(hash_name)
                                                << " at the end");
  for (std::size_t i = 0; i < summed; ++i)
    if (formats::crc32c(tensors[i]->bytes) !=
        formats::load_little_endian<std::uint32_t>(tensors[summed]->bytes.data() + 4 * i))
      return bad(Message{"tensor "} << shown_text(tensors[i]->name) << " is damaged: its CRC-32C is another");
  return ends_in_hash(file) ? Result<void>{} : bad("the file is damaged: its hash is another");
}

Result<std::uint64_t> read_generation(const Safetensors& contents) {
  const Result<std::string_view> text = find_text(contents, generation_key);
  if (!text) return text.error();
  std::uint64_t generation = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), generation);
  if (error != std::errc{} || end != text->data() + text->size())
    return bad(Message{generation_key} << ": expected a whole number, got " << shown_text(*text));
  return generation;
}

/// Parses the text under `key` with parse(text).
template <class Parse>
auto read_json(const Safetensors& contents, const char* key, const Parse& parse) -> decltype(parse("")) {
  const Result<std::string_view> text = find_text(contents, key);
  if (!text) return text.error();
  auto parsed = parse(*text);
  if (!parsed) return bad(Message{key} << ": " << parsed.error().text(), parsed.error().code);
  return parsed;
}

Fingerprint read_fingerprint(const Safetensors& contents) {
  const std::string_view prefix = fingerprint_prefix;
  Fingerprint fingerprint;
  for (const auto& [key, text] : contents.metadata)
    if (key.starts_with(prefix)) fingerprint.emplace_back(key.substr(prefix.size()), text);
  return fingerprint;
}

Result<Checkpoint> parse(Bytes file) {
  Result<Safetensors> contents = formats::parse_safetensors(file);
  if (!contents) return damaged_or_other(contents.error(), file);
  const Result<std::string_view> format = find_text(*contents, format_key);
  if (!format) return format.error();
  if (*format != checkpoint_format && ends_in_hash(file))
    return bad(Message{"format "} << shown_text(*format) << ", this version reads " << shown_text(checkpoint_format)
                                  << "; go on with the version that wrote it, or begin anew in another folder",
               ErrorCode::unsupported);
  if (*format != checkpoint_format) return bad("the file is damaged: neither its format nor its hash is right");
  if (const Result<void> whole = check_sums(*contents, file); !whole) return whole.error();
  const Result<std::uint64_t> generation = read_generation(*contents);
  if (!generation) return generation.error();
  const Result<OptimizerProgress> progress = read_json(*contents, progress_key, parse_progress);
  if (!progress) return progress.error();
  Result<RunState> state = read_json(*contents, state_key, parse_state);
  if (!state) return state.error();
  return Checkpoint{.generation = *generation,
                    .fingerprint = read_fingerprint(*contents),
                    .progress = *progress,
                    .state = std::move(*state),
                    .contents = std::move(*contents)};
}

}  // namespace

Result<Checkpoint> parse_checkpoint(Bytes file) {
  return base::or_out_of_memory("checkpoint", [&] { return parse(file); });
}

}  // namespace treadle::training
