#include "model/model_file.hpp"

#include <treadle/plan.hpp>

#include <bit>
#include <cmath>

#include "formats/safetensors.hpp"
#include "model/description.hpp"
#include "support/files.hpp"

namespace treadle::model {
namespace {

using formats::NewTensor;
using test::ByteVector, test::check_error, test::first_bytes, test::get_file, test::put_file, test::TemporaryFolder;

Model small_model() {
  Model model{{2, 3}, {Flatten{}, Dense{.units = 4}, Relu{}, Dense{.units = 3, .bias = false}}};
  REQUIRE(model.initialize(7));
  return model;
}

/// A file of a small model, made wrong by a test: its tensors and description.
struct Parts {
  std::vector<float> values = std::vector<float>(100, 0.5f);
  std::vector<std::int32_t> integers = std::vector<std::int32_t>(100);
  std::vector<NewTensor> tensors;
  formats::Metadata metadata{{description_key, describe(small_model())}};

  Parts() { tensors = {tensor("1.weight", {4, 6}), tensor("1.bias", {4}), tensor("3.weight", {3, 4})}; }
  NewTensor tensor(std::string_view name, Shape shape) const {
    return {name, shape, std::span(values).first(shape.elements().value())};
  }
  ByteVector file() const { return make_safetensors(tensors, metadata).value(); }
};

TEST_CASE("a saved model is loaded with its layers and the bits of its parameters") {
  const TemporaryFolder folder;
  const Model model = small_model();
  REQUIRE(save(model, folder / "m.safetensors"));
  CHECK(folder.files() == 1);
  const Model loaded = load_model(folder / "m.safetensors").value();
  CHECK(loaded.input() == model.input());
  REQUIRE(loaded.layers().size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(loaded.layers()[i] == model.layers()[i]);
  REQUIRE(loaded.parameters().size() == 40);
  for (std::size_t i = 0; i < 40; ++i) CHECK(loaded.parameters()[i] == model.parameters()[i]);
  REQUIRE(save(loaded, folder / "again.safetensors"));
  CHECK(get_file(folder / "again.safetensors") == get_file(folder / "m.safetensors"));
}

TEST_CASE("the tensors are named as in torch.nn.Sequential") {
  const ByteVector file = make_model_file(small_model()).value();
  const formats::Safetensors contents = formats::parse_safetensors(file).value();
  REQUIRE(contents.tensors.size() == 3);
  CHECK(contents.find("1.weight")->shape == Shape{4, 6});
  CHECK(contents.find("1.bias")->shape == Shape{4});
  CHECK(contents.find("3.weight")->shape == Shape{3, 4});
  CHECK(contents.find("3.bias") == nullptr);
}

TEST_CASE("a normalisation is saved and loaded with its model, and files without one have none") {
  Model model = small_model();
  const ByteVector plain = make_model_file(model).value();
  REQUIRE(model.set_normalization({{1.5f, -0.0f, 3e38f}, {1e-40f, -2, 1}}));
  const ByteVector file = make_model_file(model).value();
  CHECK(formats::parse_safetensors(file).value().find("normalization.shift")->shape == Shape{3});
  const Model loaded = parse_model_file(file).value();
  CHECK(loaded.normalization().shift == model.normalization().shift);
  CHECK(std::signbit(loaded.normalization().shift[1]));
  CHECK(loaded.normalization().scale == model.normalization().scale);
  CHECK(make_model_file(loaded).value() == file);
  CHECK(parse_model_file(plain).value().normalization().empty());
  REQUIRE(model.set_normalization({}));
  CHECK(make_model_file(model).value() == plain);
}

TEST_CASE(
    "names of classes are saved and loaded with their model, and must be as many different texts as it has outputs") {
  Model model = small_model();
  const ByteVector plain = make_model_file(model).value();
  const std::vector<std::string> names = {"cat", "say \"dog\", \\", "\u00fcbel"};
  REQUIRE(model.set_class_names(names));
  const ByteVector file = make_model_file(model).value();
  const Model loaded = parse_model_file(file).value();
  CHECK(std::vector<std::string>(loaded.class_names().begin(), loaded.class_names().end()) == names);
  CHECK(make_model_file(loaded).value() == file);
  CHECK(parse_model_file(plain).value().class_names().empty());

  check_error(model.set_class_names({"a", "b"}), ErrorCode::shape_mismatch, {"each of 3 outputs, got 2"});
  check_error(model.set_class_names({"a", "b", "a"}), ErrorCode::invalid_argument, {"\"a\" is there twice"});
  for (const char* wrong : {"", "a\nb", "\x7f", "\xff", "\x1b[2J"})
    check_error(model.set_class_names({"a", wrong, "c"}), ErrorCode::invalid_argument, {"expected text"});
  CHECK(model.class_names().size() == 3);
  REQUIRE(model.set_class_names({}));
  CHECK(make_model_file(model).value() == plain);

  const std::pair<const char*, const char*> broken[] = {{"[", "treadle.classes: "},
                                                        {"{}", "expected an array of names"},
                                                        {"[\"a\",1,\"b\"]", "expected a name, got a number"},
                                                        {"[\"a\",\"b\"]", "each of 3 outputs, got 2"},
                                                        {"[\"a\",\"b\",\"\\u0007\"]", "expected text"},
                                                        {"[\"a\",\"b\",\"b\"]", "\"b\" is there twice"}};
  for (const auto& [text, words] : broken) {
    Parts parts;
    parts.metadata.emplace_back(classes_key, text);
    check_error(parse_model_file(parts.file()), ErrorCode::bad_format, {"treadle.classes", words});
  }
}

TEST_CASE("a normalisation that does not fit its model is refused") {
  Model model = small_model();
  check_error(model.set_normalization({{1, 2}, {1, 2}}), ErrorCode::shape_mismatch,
              {"expected 3 shifts and scales for an input [2, 3], got 2 and 2"});
  check_error(model.set_normalization({{1, 2, 3}, {}}), ErrorCode::shape_mismatch, {"got 3 and 0"});
  check_error(model.set_normalization({{}, {1}}), ErrorCode::shape_mismatch, {"got 0 and 1"});
  check_error(model.set_normalization({{1, NAN, 3}, {1, 1, 1}}), ErrorCode::invalid_argument,
              {"place 1 is not finite"});
  check_error(model.set_normalization({{1, 2, 3}, {1, 1, INFINITY}}), ErrorCode::invalid_argument, {"place 2"});
  CHECK(model.normalization().empty());
  CHECK_FALSE(Model{}.set_normalization({{1}, {1}}));
}

TEST_CASE("every bit of a parameter survives, also of what is not a number") {
  Model model{{1}, {Dense{.units = 3}}};
  const std::vector<float> values{NAN, -INFINITY, -0.0f, 1e-45f, std::bit_cast<float>(0x7F800001u), 3.4e38f};
  REQUIRE(model.set_parameters(values));
  const Model loaded = parse_model_file(make_model_file(model).value()).value();
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(std::bit_cast<std::uint32_t>(loaded.parameters()[i]) == std::bit_cast<std::uint32_t>(values[i]));
}

TEST_CASE("a model without any parameters to have can be saved") {
  const Model model{{4}, {Relu{}}};
  const Model loaded = parse_model_file(make_model_file(model).value()).value();
  CHECK(loaded.layers().size() == 1);
  CHECK(loaded.parameters().empty());
}

TEST_CASE("activations are saved and loaded, and one that is refused in a model is refused in a file") {
  Model model{{6}, {LeakyRelu{0.3f}, Sigmoid{}, Tanh{}, Gelu{}, Silu{}, Dense{.units = 2}, Softmax{}}};
  REQUIRE(model.initialize(1));
  const Model loaded = parse_model_file(make_model_file(model).value()).value();
  REQUIRE(loaded.layers().size() == model.layers().size());
  for (std::size_t i = 0; i < model.layers().size(); ++i) CHECK(loaded.layers()[i] == model.layers()[i]);
  check_error(make_model_file(Model{{6}, {LeakyRelu{-0.1f}}}), ErrorCode::invalid_argument,
              {"layer 0 (LeakyRelu)", "slope above 0"});
  Parts parts;
  parts.metadata = {{description_key, R"({"format":1,"input":[6],"layers":[{"type":"LeakyRelu","slope":-1}]})"}};
  check_error(parse_model_file(parts.file()), ErrorCode::invalid_argument, {"layer 0 (LeakyRelu)", "slope above 0"});
}

TEST_CASE("a model that cannot be saved says why, and no file appears") {
  const TemporaryFolder folder;
  const Model untrained{{4}, {Dense{.units = 2}}};
  check_error(save(untrained, folder / "m"), ErrorCode::invalid_argument, {folder / "m", "no parameters yet"});
  check_error(save(Model{}, folder / "m"), ErrorCode::invalid_argument, {folder / "m"});
  CHECK(folder.files() == 0);
  check_error(save(small_model(), folder / "none/m"), ErrorCode::not_found, {folder / "none/m", "No such file"});
  check_error(save(small_model(), folder.path()), ErrorCode::io, {folder.path(), "Is a directory"});
}

TEST_CASE("a file that cannot be read says why") {
  const TemporaryFolder folder;
  check_error(load_model(folder / "none"), ErrorCode::not_found, {folder / "none", "No such file or directory"});
  check_error(load_model(folder.path()), ErrorCode::io, {"Is a directory"});
  put_file(folder / "m", test::to_bytes("not a model at all"));
  check_error(load_model(folder / "m"), ErrorCode::too_large, {folder / "m", "safetensors"});
}

TEST_CASE("a file cut short at any byte is refused") {
  const ByteVector file = make_model_file(small_model()).value();
  for (std::size_t size = 0; size < file.size(); ++size)
    check_error(parse_model_file(first_bytes(file, size)), ErrorCode::bad_format, {"safetensors: "});
}

TEST_CASE("a file of another tool has no description, and the error says so") {
  Parts parts;
  parts.metadata.clear();
  check_error(parse_model_file(parts.file()), ErrorCode::unsupported, {"treadle.model", "3 tensors", "\"1.bias\""});
  parts.metadata = {{"format", "pt"}};
  check_error(parse_model_file(parts.file()), ErrorCode::unsupported, {"treadle.model"});
  check_error(parse_model_file(formats::make_safetensors({}, {}).value()), ErrorCode::unsupported, {"0 tensors"});
}

TEST_CASE("tensors that are not the layers' parameters are refused with layer and shapes") {
  CHECK(parse_model_file(Parts{}.file()).has_value());
  const auto check_refused = [](const char* what, auto&& change, ErrorCode code,
                                std::initializer_list<std::string_view> words) {
    INFO(what);
    Parts parts;
    change(parts);
    check_error(parse_model_file(parts.file()), code, words);
  };
  check_refused("missing weight", [](Parts& p) { p.tensors.erase(p.tensors.begin()); }, ErrorCode::bad_format,
                {"layer 1 (Dense): tensor \"1.weight\" [4, 6] is not in the file"});
  check_refused("missing bias", [](Parts& p) { p.tensors.erase(p.tensors.begin() + 1); }, ErrorCode::bad_format,
                {"\"1.bias\" [4]"});
  check_refused("no tensors", [](Parts& p) { p.tensors.clear(); }, ErrorCode::bad_format, {"\"1.weight\""});
  check_refused("a tensor too many", [](Parts& p) { p.tensors.push_back(p.tensor("3.bias", {3})); },
                ErrorCode::bad_format, {"tensor \"3.bias\" belongs to no layer"});
  check_refused("another name", [](Parts& p) { p.tensors[1].name = "1.b"; }, ErrorCode::bad_format, {"\"1.bias\" [4]"});
  check_refused("transposed",
                [](Parts& p) {
                  p.tensors[0] = p.tensor("1.weight", {6, 4});
                },
                ErrorCode::shape_mismatch, {"layer 1 (Dense): tensor \"1.weight\": expected [4, 6], got [6, 4]"});
  check_refused("flat", [](Parts& p) { p.tensors[0] = p.tensor("1.weight", {24}); }, ErrorCode::shape_mismatch,
                {"expected [4, 6], got [24]"});
  check_refused("too small",
                [](Parts& p) {
                  p.tensors[2] = p.tensor("3.weight", {3, 3});
                },
                ErrorCode::shape_mismatch, {"layer 3 (Dense)", "expected [3, 4], got [3, 3]"});
  check_refused("integers", [](Parts& p) { p.tensors[1].values = std::span<const std::int32_t>(p.integers).first(4); },
                ErrorCode::unsupported, {"layer 1 (Dense): tensor \"1.bias\": expected elements of type F32, got I32"});
  const auto add = [](Parts& parts, std::string_view name, Shape shape) {
    parts.tensors.push_back(parts.tensor(name, shape));
  };
  check_refused("shifts without scales", [&](Parts& p) { add(p, "normalization.shift", {3}); }, ErrorCode::bad_format,
                {"\"normalization.scale\" is not in the file"});
  check_refused("scales without shifts", [&](Parts& p) { add(p, "normalization.scale", {3}); }, ErrorCode::bad_format,
                {"\"normalization.shift\" is not in the file"});
  check_refused("shifts of another size",
                [&](Parts& p) {
                  add(p, "normalization.shift", {6});
                  add(p, "normalization.scale", {3});
                },
                ErrorCode::shape_mismatch, {"\"normalization.shift\": expected [3] for an input [2, 3], got [6]"});
  check_refused("whole shifts",
                [&](Parts& p) {
                  add(p, "normalization.shift", {3});
                  add(p, "normalization.scale", {3});
                  p.tensors[3].values = std::span<const std::int32_t>(p.integers).first(3);
                },
                ErrorCode::unsupported, {"normalization.shift", "I32"});
  check_refused("a scale that is not finite",
                [&](Parts& p) {
                  p.values[2] = INFINITY;
                  add(p, "normalization.shift", {3});
                  add(p, "normalization.scale", {3});
                },
                ErrorCode::invalid_argument, {"normalization", "place 2 is not finite"});
  check_refused("an input without axes",
                [&](Parts& p) {
                  p.metadata = {{description_key, R"({"format":1,"input":[],"layers":[{"type":"Relu"}]})"}};
                  p.tensors.clear();
                  add(p, "normalization.shift", {3});
                  add(p, "normalization.scale", {3});
                },
                ErrorCode::shape_mismatch, {"the input has no axis"});
}

TEST_CASE("there may be as many layers as can be planned, and no more") {
  const auto file_of = [](std::size_t layers) {
    Model model({4}, std::vector<Layer>(layers, Relu{}));
    return make_model_file(model);
  };
  const Result<ByteVector> most = file_of(max_layers);
  REQUIRE(most);
  const Result<Model> model = parse_model_file(*most);
  REQUIRE(model);
  CHECK(plan(*model, SoftmaxCrossEntropy{}, Sgd{}, {}));
  check_error(file_of(max_layers + 1), ErrorCode::too_large, {"1001 layers", "at most 1000"});

  std::string layers = R"({"type":"Flatten"})";
  for (std::size_t i = 1; i < 100000; ++i) layers += R"(,{"type":"Flatten"})";
  const std::string description = R"({"format":1,"input":[4],"layers":[)" + layers + "]}";
  check_error(parse_model_file(formats::make_safetensors({}, {{description_key, description}}).value()),
              ErrorCode::too_large, {"100000 layers"});
}

TEST_CASE("descriptions that make no model are refused") {
  const auto check_refused = [](std::string_view input, std::string_view layers, ErrorCode code,
                                std::initializer_list<std::string_view> words) {
    Parts parts;
    std::string text{R"({"format":1,"input":)"};
    text.append(input).append(R"(,"layers":)").append(layers).append("}");
    INFO(text);
    parts.metadata = {{description_key, text}};
    check_error(parse_model_file(parts.file()), code, words);
  };
  constexpr std::string_view dense = R"([{"type":"Dense","units":4,"bias":true,"initializer":"zeros"}])";
  check_refused("5", dense, ErrorCode::bad_format, {"treadle.model: expected an array as input"});
  check_refused("[6]", R"([{"type":"Magic"}])", ErrorCode::unsupported, {"treadle.model: layer 0", "\"Magic\""});
  check_refused("[6]", "[]", ErrorCode::invalid_argument, {"no layers"});
  check_refused("[0]", dense, ErrorCode::invalid_argument, {"input", "[0]"});
  check_refused("[2,3]", dense, ErrorCode::shape_mismatch, {"layer 0 (Dense)", "[2, 3]"});
  check_refused("[6]", R"([{"type":"Dense","units":0,"bias":true,"initializer":"zeros"}])", ErrorCode::invalid_argument,
                {"layer 0 (Dense)"});
  // As many parameters as no machine has must not be asked for.
  const bool wide = sizeof(std::size_t) == 8;
  const std::string many = wide ? "1000000000000" : "100000000", root = wide ? "4294967296" : "65536";
  check_refused("[6]", R"([{"type":"Dense","units":)" + many + R"(,"bias":true,"initializer":"zeros"}])",
                ErrorCode::bad_format, {"\"0.weight\" [" + many + ", 6]"});
  check_refused("[6]", R"([{"type":"Dense","units":18446744073709551615,"bias":true,"initializer":"zeros"}])",
                ErrorCode::too_large, {"Dense"});
  check_refused("[" + root + "," + root + "]", R"([{"type":"Flatten"}])", ErrorCode::too_large, {"input"});
  if (!wide)
    check_refused("[18446744073709551615]", R"([{"type":"Flatten"}])", ErrorCode::too_large, {"18446744073709551615"});
}

}  // namespace
}  // namespace treadle::model
