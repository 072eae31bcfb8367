#include <doctest/doctest.h>

#include <cmath>

#include "checkpoint_files.hpp"
#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "support/files.hpp"
#include "support/networks.hpp"
#include "training/checkpoint_names.hpp"
#include "training/state_json.hpp"

using namespace treadle;
using test::ByteVector, test::TemporaryFolder, test::check_error, test::same_bits;
using training::CheckpointLayout, training::RunState, training::Snapshot, training::parse_checkpoint;

namespace {

ByteVector written(const Snapshot& snapshot) {
  const TemporaryFolder folder;
  formats::FileReplacement file = formats::FileReplacement::begin(folder / "f").value();
  test::checkpoint_layout().write(snapshot, test::checkpoint_fingerprint(), 12, file).value();
  file.finish().value();
  return test::get_file(folder / "f");
}

/// A file of these tensors and metadata with right checksums.
ByteVector sealed(std::vector<formats::TensorHead> heads, const formats::Metadata& metadata, std::size_t sums) {
  std::size_t bytes = 0;
  for (const formats::TensorHead& head : heads) bytes += head.bytes;
  heads.push_back({training::sums_name, "U32", {sums}, 4 * sums});
  heads.push_back({training::hash_name, "U64", {1}, 8});
  ByteVector file = formats::make_safetensors_header(heads, metadata).value();
  file.resize(file.size() + bytes);
  for (std::size_t i = 0; i + 2 < heads.size() && i < sums; ++i) {
    ByteVector sum(4);
    formats::store_little_endian(formats::crc32c(ByteVector(heads[i].bytes)), sum.data());
    file = test::joined(std::move(file), sum);
  }
  formats::Hash hash;
  hash.update(file);
  ByteVector value(8);
  formats::store_little_endian(hash.value(), value.data());
  return test::joined(std::move(file), value);
}

formats::Metadata metadata_of(const Snapshot& snapshot) {
  return {{"treadle.checkpoint", "1"},
          {"treadle.generation", "1"},
          {"treadle.optimizer", training::progress_json(snapshot.progress)},
          {"treadle.state", training::state_json(snapshot.state)}};
}

formats::Metadata with(formats::Metadata metadata, const std::string& key, const std::string& text) {
  for (auto& [name, value] : metadata)
    if (name == key) value = text;
  return metadata;
}

}  // namespace

TEST_CASE("what is written is read with the same bits") {
  Snapshot snapshot = test::checkpoint_snapshot(5);
  snapshot.parameters[0] = std::nanf("");
  snapshot.parameters[1] = -0.0f;
  snapshot.optimizer_state[2] = 1e-45f;
  const ByteVector file = written(snapshot);
  CHECK(file.size() == test::checkpoint_layout().file_bytes(snapshot, test::checkpoint_fingerprint()).value());
  const training::Checkpoint checkpoint = parse_checkpoint(file).value();
  CHECK(checkpoint.generation == 12);
  CHECK(checkpoint.fingerprint == test::checkpoint_fingerprint());
  const Snapshot read = test::checkpoint_layout().read(checkpoint).value();
  CHECK(same_bits(read.parameters, snapshot.parameters));
  CHECK(same_bits(read.optimizer_state, snapshot.optimizer_state));
  CHECK(same_bits(read.best_parameters, snapshot.best_parameters));
  CHECK(read.progress == snapshot.progress);
  const RunState &a = read.state, &b = snapshot.state;
  CHECK(training::state_json(a) == training::state_json(b));
  CHECK(a.totals.loss == b.totals.loss);
  CHECK(a.early_stop.best == b.early_stop.best);
  REQUIRE(a.epochs.size() == 2);
  CHECK(a.epochs[0].validation->accuracy == 0.75);
  CHECK(!a.epochs[1].validation);
  CHECK(std::isnan(a.epochs[1].train_loss));
  // The tensors are those that other tools will look for.
  for (const char* name : {"parameters.0.weight", "first_moment.0.bias", "second_moment.2.weight", "best.0.weight"})
    CHECK(checkpoint.contents.find(name) != nullptr);
  CHECK(same_bits(read.parameters, snapshot.parameters));
}

TEST_CASE("every double comes back, whatever it is") {
  for (const double value : {0.0, -0.0, 0.1, 1.0 / 3.0, 5e-324, 1.7976931348623157e308, -1e-310, 123456789012345678.0,
                             static_cast<double>(INFINITY), -static_cast<double>(INFINITY)}) {
    RunState state;
    state.totals.loss = value;
    const RunState read = training::parse_state(training::state_json(state)).value();
    CHECK(read.totals.loss == value);
    CHECK(std::signbit(read.totals.loss) == std::signbit(value));
  }
}

TEST_CASE("files that are no checkpoint are refused, each for its reason") {
  const Snapshot snapshot = test::checkpoint_snapshot(5);
  const formats::Metadata good = metadata_of(snapshot);
  const std::vector<formats::TensorHead> tensor = {{"t", "F32", {2}, 8}};
  REQUIRE(parse_checkpoint(sealed(tensor, good, 1)));
  const auto refused = [](const ByteVector& file, ErrorCode code, std::initializer_list<std::string_view> words) {
    check_error(parse_checkpoint(file), code, words);
  };
  refused({}, ErrorCode::bad_format, {"safetensors"});
  refused(sealed(tensor, {}, 1), ErrorCode::bad_format, {"no \"treadle.checkpoint\""});
  refused(sealed(tensor, with(good, "treadle.checkpoint", "2"), 1), ErrorCode::unsupported, {"format \"2\""});
  refused(sealed(tensor, good, 0), ErrorCode::bad_format, {"expected the tensors \"crc32c\" and \"hash\""});
  refused(sealed(tensor, good, 2), ErrorCode::bad_format, {});
  refused(formats::make_safetensors_header({}, good).value(), ErrorCode::bad_format, {"expected the tensors"});
  refused(sealed(tensor, with(good, "treadle.generation", "one"), 1), ErrorCode::bad_format,
          {"treadle.generation", "expected a whole number"});
  refused(sealed(tensor, with(good, "treadle.generation", "99999999999999999999"), 1), ErrorCode::bad_format, {});
  for (const char* json : {"", "{", "[]", "{}", "7", "{\"beta1_power\":1}", "{\"beta1_power\":\"x\",\"beta2_power\":1}",
                           "{\"beta1_power\":1,\"beta2_power\":1,\"beta3_power\":1}"})
    refused(sealed(tensor, with(good, "treadle.optimizer", json), 1), ErrorCode::bad_format, {"treadle.optimizer: "});
  const std::string state = training::state_json(snapshot.state);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = state;
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& json :
       {changed("\"iteration\":5", "\"iteration\":-5"), changed("\"iteration\":5", "\"iteration\":5.5"),
        changed("\"iteration\":5", "\"iteration\":null"), changed("\"iteration\"", "\"iterations\""),
        changed("\"early_stop\":{", "\"early_stop\":{\"more\":1,"), changed("\"epochs\":[", "\"epochs\":[3,"),
        changed("\"validation\":[]", "\"validation\":[1,2]"), changed("\"validation\":[]", "\"validation\":null"),
        changed("\"-inf\"", "\"minus infinity\"")})
    refused(sealed(tensor, with(good, "treadle.state", json), 1), ErrorCode::bad_format, {"treadle.state: "});
}

TEST_CASE("a damaged tensor is named, and a damaged header is found") {
  const ByteVector file = written(test::checkpoint_snapshot(5));
  const auto data = 8 + static_cast<std::size_t>(formats::load_little_endian<std::uint64_t>(file.data()));
  check_error(parse_checkpoint(test::with_byte(file, data, 0x77)), ErrorCode::bad_format,
              {"tensor \"parameters.0.weight\" is damaged"});
  const std::string_view text{reinterpret_cast<const char*>(file.data()), file.size()};
  const std::size_t digit = text.find("\\\"iteration\\\":5") + 15;
  check_error(parse_checkpoint(test::with_byte(file, digit - 1, '6')), ErrorCode::bad_format, {"its hash is another"});
}

TEST_CASE("tensors that are not the run's are refused") {
  const Snapshot snapshot = test::checkpoint_snapshot(5);
  const ByteVector file = written(snapshot);
  const training::Checkpoint checkpoint = parse_checkpoint(file).value();
  const auto refused = [&](const Model& model, const Optimizer& optimizer, bool best,
                           std::initializer_list<std::string_view> words) {
    const Result<Snapshot> read = CheckpointLayout::make(model, optimizer, best).value().read(checkpoint);
    REQUIRE(!read);
    check_error(read, read.error().code, words);
  };
  refused(test::checkpoint_model(), Adam{}, false, {"expected 11 tensors, got 14"});
  refused(test::checkpoint_model(), Sgd{}, true, {"tensors"});
  refused(Model({3}, {Dense{5}, Relu{}, Dense{2, false}}), Adam{}, true, {"parameters.0.weight", "[5, 3]", "[2, 3]"});
  refused(Model({3}, {Relu{}, Dense{2}, Dense{2, false}}), Adam{}, true, {"no tensor \"parameters.1.weight\""});
}
