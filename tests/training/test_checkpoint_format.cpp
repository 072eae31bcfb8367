#include <doctest/doctest.h>

#include <cmath>

#include "checkpoint_files.hpp"
#include "formats/checksum.hpp"
#include "formats/little_endian.hpp"
#include "support/files.hpp"
#include "support/networks.hpp"
#include "support/sealed_checkpoint.hpp"
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
  return {{"treadle.checkpoint", "2"},
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
  CHECK(a.epochs[1].epoch == 2);
  CHECK(a.epochs[1].iterations == 7);
  CHECK(a.epochs[1].seconds == 1e-3);
  REQUIRE(a.validations.size() == 2);
  CHECK(a.validations[0].evaluation.loss == 0.125);
  CHECK(a.validations[1].evaluation.loss == std::numeric_limits<double>::infinity());
  CHECK(a.validations[1].run_iteration == 25);
  // The tensors are those that other tools will look for.
  for (const char* name : {"parameters.0.weight", "first_moment.0.bias", "second_moment.2.weight", "best.0.weight",
                           "epochs", "validations"})
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
  refused(sealed(tensor, with(good, "treadle.checkpoint", "1"), 1), ErrorCode::unsupported,
          {"format \"1\", this version reads \"2\"", "begin anew"});
  ByteVector torn = sealed(tensor, with(good, "treadle.checkpoint", "1"), 1);
  torn.back() ^= 1;  // then the format may be what is damaged
  refused(torn, ErrorCode::bad_format, {"damaged"});
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
        changed("\"early_stop\":{", "\"early_stop\":{\"more\":1,"), changed("\"best_epoch\":[", "\"best_epoch\":[3,"),
        changed("\"at_epoch_end\":true", "\"at_epoch_end\":1"), changed("\"validation\":[{", "\"validation\":[1,{"),
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
    const Result<Snapshot> read = CheckpointLayout::make(model, optimizer, best, {2, 2}).value().read(checkpoint);
    REQUIRE(!read);
    check_error(read, read.error().code, words);
  };
  refused(test::checkpoint_model(), Adam{}, false, {"expected 13 tensors, got 16"});
  refused(test::checkpoint_model(), Sgd{}, true, {"tensors"});
  refused(Model({3}, {Dense{5}, Relu{}, Dense{2, false}}), Adam{}, true, {"parameters.0.weight", "[5, 3]", "[2, 3]"});
  refused(Model({3}, {Relu{}, Dense{2}, Dense{2, false}}), Adam{}, true, {"no tensor \"parameters.1.weight\""});
}

TEST_CASE("tables that are no records of the run are refused") {
  const Snapshot snapshot = test::checkpoint_snapshot(5);
  const ByteVector file = written(snapshot);
  const auto read = [&](const ByteVector& bytes, const training::RecordLimits& limits) {
    const training::Checkpoint checkpoint = parse_checkpoint(bytes).value();
    return test::checkpoint_layout(limits).read(checkpoint);
  };
  REQUIRE(read(file, {2, 2}));
  check_error(read(file, {1, 2}), ErrorCode::bad_format,
              {"tensor \"epochs\"", "at most 1 rows of 10, got F64 [2, 10]"});
  check_error(read(file, {2, 0}), ErrorCode::bad_format, {"tensor \"validations\"", "at most 0 rows of 6"});
  // Numbers that no record has, each in place of a column of the first epoch: its number, its iterations, whether it
  // was validated.
  const training::Checkpoint checkpoint = parse_checkpoint(file).value();
  const auto first = static_cast<std::size_t>(checkpoint.contents.find("epochs")->bytes.data() - file.data());
  for (const std::size_t column : {0, 1, 4})
    for (const double number : {-1.0, 0.5, 0x1p53, static_cast<double>(INFINITY), static_cast<double>(NAN)}) {
      ByteVector changed = file;
      formats::store_little_endian(number, changed.data() + first + 8 * column);
      test::seal_checkpoint(changed);
      check_error(read(changed, {2, 2}), ErrorCode::bad_format, {"tensor \"epochs\"", "row 0 is no record"});
    }
}

TEST_CASE("a run of a hundred thousand epochs has checkpoints of a bounded, known size that can be read") {
  constexpr std::size_t finished = 100'000;
  const training::RecordLimits limits{most_records, most_records};
  const CheckpointLayout layout = test::checkpoint_layout(limits);
  Snapshot snapshot = layout.room();
  RunState& state = snapshot.state;
  const EpochRecord* const epochs = state.epochs.data();
  const ValidationRecord* const validations = state.validations.data();
  for (std::size_t i = 1; i <= finished; ++i) {
    training::keep_last(state.epochs, limits.epochs,
                        {.epoch = i,
                         .iterations = 9,
                         .train_loss = 1.0 / static_cast<double>(i),
                         .validation = Evaluation{.loss = 1.0 / 3.0, .accuracy = 2.0 / 3.0},
                         .seconds = 1e-3 / static_cast<double>(i)});
    training::keep_last(state.validations, limits.validations,
                        {.epoch = i, .iteration = 5, .evaluation = {.loss = 0.1}, .run_iteration = 9 * i - 4});
    state.begin_epoch();
  }
  CHECK(state.epochs.data() == epochs);  // nothing was allocated
  CHECK(state.validations.data() == validations);
  const TemporaryFolder folder;
  formats::FileReplacement file = formats::FileReplacement::begin(folder / "f").value();
  layout.write(snapshot, test::checkpoint_fingerprint(), finished, file).value();
  file.finish().value();
  const ByteVector bytes = test::get_file(folder / "f");
  const std::size_t records = most_records * (80 + 48);
  CHECK(records == 512 * 1024);
  CHECK(bytes.size() > records);
  CHECK(bytes.size() < records + 8192);
  const std::size_t most = layout.most_bytes(test::checkpoint_fingerprint()).value();
  CHECK(bytes.size() <= most);
  CHECK(most < records + 8192);
  const Snapshot read = layout.read(parse_checkpoint(bytes).value()).value();
  CHECK(read.state.epoch == finished + 1);
  REQUIRE(read.state.epochs.size() == most_records);
  REQUIRE(read.state.validations.size() == most_records);
  for (std::size_t i = 0; i < most_records; ++i) {
    const EpochRecord& epoch = read.state.epochs[i];
    CHECK(epoch.epoch == finished - most_records + 1 + i);
    CHECK(epoch.train_loss == 1.0 / static_cast<double>(epoch.epoch));
    CHECK(epoch.validation->accuracy == 2.0 / 3.0);
    CHECK(read.state.validations[i].run_iteration == 9 * epoch.epoch - 4);
  }
}

TEST_CASE("no state makes a larger file than the largest") {
  Snapshot snapshot = test::checkpoint_snapshot(std::numeric_limits<std::uint64_t>::max());
  const CheckpointLayout layout = test::checkpoint_layout();
  const std::size_t most = layout.most_bytes(test::checkpoint_fingerprint()).value();
  CHECK(layout.file_bytes(snapshot, test::checkpoint_fingerprint()).value() <= most);
  snapshot.state.guard.recent.assign(training::recent_losses, -1.7976931348623157e308);
  snapshot.state.totals.loss = -2.2250738585072014e-308;
  snapshot.state.best->evaluation = {.loss = -2.2250738585072014e-308, .accuracy = -4.9406564584124654e-324};
  CHECK(layout.file_bytes(snapshot, test::checkpoint_fingerprint()).value() <= most);
}
