#include "model/description.hpp"

#include "support/files.hpp"

namespace treadle::model {
namespace {

using test::check_error;

/// A description of one layer.
std::string one_layer(std::string_view layer) {
  return std::string{R"({"format":1,"input":[4],"layers":[)"}.append(layer).append("]}");
}

TEST_CASE("a model is described by its input and every field of its layers") {
  const Model model{{2, 3, 1},
                    {Flatten{}, Dense{.units = 5, .bias = false}, Relu{},
                     Dense{.units = 2, .initializer = Initializer::glorot_uniform}}};
  const std::string text = describe(model);
  CHECK(text == R"({"format":1,"input":[2,3,1],"layers":[{"type":"Flatten"},)"
                R"({"type":"Dense","units":5,"bias":false,"initializer":"he_uniform"},{"type":"Relu"},)"
                R"({"type":"Dense","units":2,"bias":true,"initializer":"glorot_uniform"}]})");
  const Model read = parse_description(text).value();
  CHECK(read.input() == model.input());
  REQUIRE(read.layers().size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(read.layers()[i] == model.layers()[i]);
  CHECK(describe(read) == text);
}

TEST_CASE("every type of layer is described and read back") {
  // A new layer joins this test by joining the variant.
  const auto round_trip = []<class... Layers>(const std::variant<Layers...>*) {
    for (const Layer& layer : {Layer{Layers{}}...}) {
      const Model read = parse_description(describe(Model{{4}, {layer}})).value();
      REQUIRE(read.layers().size() == 1);
      CHECK(read.layers()[0] == layer);
    }
  };
  round_trip(static_cast<const Layer*>(nullptr));
}

TEST_CASE("convolutions and pools are described by every field") {
  const Model model{
      {9, 8, 2},
      {Conv2d{.filters = 5, .kernel = 4, .stride = 2, .padding = Padding::same, .bias = false}, MaxPool2d{3, 1}}};
  const std::string text = describe(model);
  CHECK(text ==
        R"({"format":1,"input":[9,8,2],"layers":[{"type":"Conv2d","filters":5,"kernel":4,"stride":2,"padding":"same",)"
        R"("bias":false,"initializer":"he_uniform"},{"type":"MaxPool2d","window":3,"stride":1}]})");
  const Model read = parse_description(text).value();
  for (std::size_t i = 0; i < 2; ++i) CHECK(read.layers()[i] == model.layers()[i]);
}

TEST_CASE("order and spacing do not matter") {
  const Model read =
      parse_description(
          R"({ "layers": [{"initializer":"zeros", "units":7, "type":"Dense", "bias":true}], "input":[], "format":1 })")
          .value();
  CHECK(read.input() == Shape{});
  CHECK(read.layers()[0] == Layer{Dense{.units = 7, .initializer = Initializer::zeros}});
}

TEST_CASE("a description that is not one is refused with layer and field") {
  struct Case {
    const char* what;
    std::string text;
    ErrorCode code;
    std::string_view words;
  };
  const auto bad = ErrorCode::bad_format;
  const auto dense = [](std::string_view fields) {
    return one_layer(std::string{R"({"type":"Dense",)"}.append(fields).append("}"));
  };
  REQUIRE(parse_description(dense(R"("units":4,"bias":true,"initializer":"zeros")")));
  const Case cases[] = {
      {"empty", "", bad, "JSON: expected a value at byte 0"},
      {"not JSON", "model", bad, "JSON: "},
      {"an array", "[]", bad, "expected an object, got an array"},
      {"empty object", "{}", bad, "no \"format\""},
      {"format 2", R"({"format":2})", ErrorCode::unsupported, "format 2 is newer"},
      {"format 0", R"({"format":0})", bad, "whole number from 1"},
      {"format as text", R"({"format":"1"})", bad, "whole number from 1 as format, got a string at byte 10"},
      {"no input", R"({"format":1,"layers":[]})", bad, "no \"input\""},
      {"no layers", R"({"format":1,"input":[1]})", bad, "no \"layers\""},
      {"unknown member", R"({"format":1,"input":[1],"layers":[],"loss":"x"})", bad, "unknown member \"loss\""},
      {"input a number", R"({"format":1,"input":1,"layers":[]})", bad, "an array as input, got a number"},
      {"input negative", R"({"format":1,"input":[-1],"layers":[]})", bad, "whole numbers as input"},
      {"input of rank 7", R"({"format":1,"input":[1,1,1,1,1,1,1],"layers":[]})", ErrorCode::unsupported, "7 extents"},
      {"layers an object", R"({"format":1,"input":[1],"layers":{}})", bad, "an array as layers, got an object"},
      {"a layer that is text", one_layer(R"("Relu")"), bad, "layer 0: expected an object, got a string"},
      {"a layer without type", one_layer("{}"), bad, "layer 0: no field \"type\""},
      {"a type that is a number", one_layer(R"({"type":1})"), bad, "layer 0: expected a string as type"},
      {"an unknown type", one_layer(R"({"type":"Magic"})"), ErrorCode::unsupported,
       "layer 0: unknown type \"Magic\"; expected one of Flatten, Dense, Relu, LeakyRelu, Sigmoid, Tanh, Gelu, Silu, "
       "Softmax, Conv2d, MaxPool2d"},
      {"unknown padding",
       one_layer(R"({"type":"Conv2d","filters":1,"kernel":3,"stride":1,"padding":"full","bias":true,)"
                 R"("initializer":"zeros"})"),
       bad, "field \"padding\": unknown padding 'full'; expected one of: valid, same"},
      {"the second layer", one_layer(R"({"type":"Relu"},{"type":"relu"})"), ErrorCode::unsupported,
       "layer 1: unknown type \"relu\""},
      {"a field too many", one_layer(R"({"type":"Relu","slope":1})"), bad, "layer 0: (Relu): unknown field \"slope\""},
      {"no slope", one_layer(R"({"type":"LeakyRelu"})"), bad, "layer 0: (LeakyRelu): no field \"slope\""},
      {"a slope that is text", one_layer(R"({"type":"LeakyRelu","slope":"1"})"), bad,
       "field \"slope\": expected a number in float32's range, got a string"},
      {"a field missing", dense(R"("units":4,"bias":true)"), bad, "layer 0: (Dense): no field \"initializer\""},
      {"no fields", one_layer(R"({"type":"Dense"})"), bad, "no field \"units\""},
      {"units as text", dense(R"("units":"4","bias":true,"initializer":"zeros")"), bad,
       "field \"units\": expected a whole number that fits into a size of this machine, got a string"},
      {"units negative", dense(R"("units":-4,"bias":true,"initializer":"zeros")"), bad, "field \"units\""},
      {"units fractional", dense(R"("units":4.5,"bias":true,"initializer":"zeros")"), bad, "field \"units\""},
      {"units beyond 64 bits", dense(R"("units":18446744073709551616,"bias":true,"initializer":"zeros")"), bad,
       "field \"units\""},
      {"bias a number", dense(R"("units":4,"bias":1,"initializer":"zeros")"), bad,
       "field \"bias\": expected true or false, got a number"},
      {"initializer a number", dense(R"("units":4,"bias":true,"initializer":0)"), bad,
       "field \"initializer\": expected the name of an initializer, got a number"},
      {"unknown initializer", dense(R"("units":4,"bias":true,"initializer":"ones")"), bad,
       "he_uniform, glorot_uniform, zeros"},
      {"a very long initializer", dense(R"("units":4,"bias":true,"initializer":")" + std::string(5000, 'x') + "\""),
       bad, "he_uniform, glorot_uniform, zeros"},
      {"a field twice", dense(R"("units":4,"units":4,"bias":true,"initializer":"zeros")"), bad, "comes twice"},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    check_error(parse_description(c.text), c.code, {c.words});
  }
}

}  // namespace
}  // namespace treadle::model
