#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"

#include "support/small_model.hpp"

namespace obkit::neural {
namespace {

using Json = nlohmann::ordered_json;

/// What reading `text` complains of; "" when it does not.
std::string complaint(const std::string& text) {
  try {
    (void)Model::from_json(text, "m.json");
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

std::string after(const std::function<void(Json&)>& damage) {
  Json document = Json::parse(small_model().to_json());
  damage(document);
  return complaint(document.dump());
}

TEST(DamagedModel, an_undamaged_one_is_accepted) {
  EXPECT_EQ(after([](Json&) {}), "");
}

TEST(DamagedModel, cut_anywhere_is_refused) {
  const std::string text = small_model().to_json();
  for (std::size_t length = 0; length + 2 < text.size(); length += 97)
    EXPECT_THAT(complaint(text.substr(0, length)), testing::StartsWith("m.json:")) << length;
  EXPECT_THAT(complaint(text.substr(0, 97)), testing::HasSubstr("the file ends too early"));
}

TEST(DamagedModel, any_flipped_bit_is_refused_or_harmless) {
  const std::string text = small_model().to_json();
  for (std::size_t at = 0; at < text.size(); at += 7) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 7));
    (void)complaint(damaged);  // nothing but DataError may come out
  }
}

TEST(DamagedModel, what_is_no_json_is_named_by_line_and_column) {
  EXPECT_EQ(complaint("{\"format\":\"obkit-model\",\n \"version\":NaN}"),
            "m.json:2:12: expected JSON");
  EXPECT_EQ(complaint(""), "m.json:1:1: the file ends too early: expected more JSON");
}

TEST(DamagedModel, what_is_no_text_is_called_by_its_name) {
  for (const auto& [bytes, name] :
       {std::pair{"\xEF\xBB\xBF{}", "UTF-8 with a byte order mark, which is to go"},
        {"\xFF\xFE{", "UTF-16, which iconv -f UTF-16 -t UTF-8 turns into text"},
        {"\xFD\x37zXZ", "xz, which unxz unpacks"},
        {"\x93NUMPY", "an array of NumPy (.npy)"},
        {"\x1F\x8B\x08", "gzip, which gunzip unpacks"},
        {"{\"volumes\":[1,2],\"direction\":1}\n", "a training set (.ds), which obtrain reads"}}) {
    try {
      static_cast<void>(Model::from_bytes(bytes, "m.json"));
      FAIL() << name;
    } catch (const DataError& error) {
      EXPECT_EQ(error.what(), "m.json: expected a model of obkit, found " + std::string{name});
    }
  }
}

TEST(DamagedModel, of_another_format_or_version_is_refused) {
  EXPECT_EQ(after([](Json& m) { m["format"] = "keras"; }),
            "m.json: 'format': expected \"obkit-model\"");
  EXPECT_EQ(after([](Json& m) { m["version"] = 3; }),
            "m.json: 'version': expected 1 or 2, found 3: written by a later obkit?");
  EXPECT_EQ(complaint("[]"), "m.json: expected an object");
}

TEST(DamagedModel, a_missing_key_is_named) {
  for (const char* key : {"format", "version", "tool", "input", "layers", "classes", "label",
                          "training", "test_vectors"})
    EXPECT_EQ(after([&](Json& m) { m.erase(key); }),
              std::string{"m.json: '"} + key + "': this key is missing");
  EXPECT_EQ(after([](Json& m) { m["layers"][1].erase("biases"); }),
            "m.json: 'layers[1].biases': this key is missing");
}

TEST(DamagedModel, an_odd_or_absurd_depth_is_refused) {
  EXPECT_EQ(after([](Json& m) { m["input"]["depth"] = 7; }),
            "m.json: 'input.depth': expected an even number, found 7");
  for (const auto& depth : {Json(0), Json(-6), Json(1e9), Json(100'000'000'000),
                            Json(18446744073709551615U), Json("6"), Json(6.0)})
    EXPECT_EQ(after([&](Json& m) { m["input"]["depth"] = depth; }),
              "m.json: 'input.depth': expected a whole number from 2 to 100000");
  EXPECT_EQ(after([](Json& m) { m["input"]["depth"] = 8; }),
            "m.json: 'layers[0].weights[0]': expected 8 items, found 6");
}

/// The complaint about a model of flow whose file was changed so.
std::string after_flow(const std::function<void(Json&)>& change) {
  Json file = Json::parse(Model{flow_parts()}.to_json());
  change(file);
  return complaint(file.dump());
}

TEST(DamagedModel, of_flow_takes_it_as_it_is) {
  EXPECT_EQ(after_flow([](Json& m) { m["input"].erase("flow"); }),
            "m.json: 'input.flow': this key is missing");
  EXPECT_EQ(after_flow([](Json& m) { m["input"]["flow"] = 13; }),
            "m.json: 'input.flow': expected an even number, found 13");
  EXPECT_EQ(after_flow([](Json& m) { m["input"]["flow"] = 12; }),
            "m.json: 'layers[0].weights[0]': expected 12 items, found 14");
  EXPECT_EQ(after_flow([](Json& m) { m["input"]["depth"] = 0; }),
            "m.json: 'input.depth': expected a whole number from 2 to 100000");
  EXPECT_EQ(after_flow([](Json& m) { m["input"]["transform"] = "log"; }),
            "m.json: 'input.transform': expected none for flow, found \"log\"");
  EXPECT_EQ(after_flow([](Json& m) { m["input"]["mirror"] = true; }),
            "m.json: 'input.mirror': expected false for flow, found true");
  EXPECT_EQ(after([](Json& m) { m["version"] = 2; }), "m.json: 'input.flow': this key is missing");
  EXPECT_EQ(after_flow([](Json& m) { m["version"] = 1; }),
            "m.json: 'layers[0].weights[0]': expected 20 items, found 14");
}

TEST(DamagedModel, layers_of_the_wrong_shape_are_refused) {
  EXPECT_EQ(after([](Json& m) { m["layers"][1]["weights"].erase(0); }),
            "m.json: 'layers[1].weights': expected 3 items, found 2");
  EXPECT_EQ(after([](Json& m) { m["layers"][1]["weights"][2].push_back(1); }),
            "m.json: 'layers[1].weights[2]': expected 4 items, found 5");
  EXPECT_EQ(after([](Json& m) { m["layers"][0]["biases"].push_back(1); }),
            "m.json: 'layers[0].biases': expected 4 items, found 5");
  EXPECT_EQ(after([](Json& m) { m["layers"][0]["units"] = 100'000; }),
            "m.json: 'layers[0].weights': expected 100000 items, found 4");
  EXPECT_EQ(after([](Json& m) { m["layers"][0]["units"] = 1e300; }),
            "m.json: 'layers[0].units': expected a whole number from 1 to 100000");
  EXPECT_EQ(after([](Json& m) { m["layers"] = Json::array(); }),
            "m.json: 'layers': expected 1 to 64 layers, found 0");
  EXPECT_EQ(
      after([](Json& m) { m["layers"].erase(2); }),
      "m.json: 'layers[1].activation': expected \"softmax\" in the last layer, found \"sigmoid\"");
}

TEST(DamagedModel, an_unknown_activation_or_transform_is_refused) {
  EXPECT_EQ(
      after([](Json& m) { m["layers"][0]["activation"] = "softmax"; }),
      "m.json: 'layers[0].activation': expected sigmoid, tanh, relu or linear before the last "
      "layer, found \"softmax\"");
  EXPECT_EQ(after([](Json& m) { m["input"]["transform"] = "sqrt"; }),
            "m.json: 'input.transform': expected none, relative, log, zscore or share, found "
            "\"sqrt\"");
  EXPECT_EQ(after([](Json& m) { m["input"]["transform"] = "zscore"; }),
            "m.json: 'input.center': this key is missing");
  EXPECT_EQ(after([](Json& m) { m["input"]["evidence"][1] = 1.5; }),
            "m.json: 'input.evidence[1]': expected a number from 0 to 1, found 1.5");
  EXPECT_EQ(after([](Json& m) { m["input"]["offset"].push_back(1); }),
            "m.json: 'input.offset': expected 3 items, found 4");
  EXPECT_EQ(after([](Json& m) { m["input"]["level_decay"] = -1; }),
            "m.json: 'input.level_decay': expected a number from 0 to 100, found -1");
}

TEST(DamagedModel, members_must_be_several_and_alike) {
  const auto members = [](Json& m) -> Json& {
    const Json layers{{"layers", m["layers"]}};
    m.erase("layers");
    m["members"] = {layers, layers};
    return m["members"];
  };
  EXPECT_EQ(after([&](Json& m) { members(m); }), "");
  EXPECT_EQ(after([&](Json& m) { members(m).erase(1); }),
            "m.json: 'members': expected 2 to 64 members, found 1");
  EXPECT_EQ(after([&](Json& m) { members(m)[1]["layers"][2]["units"] = 3; }),
            "m.json: 'members[1].layers[2].weights': expected 3 items, found 2");
  EXPECT_EQ(after([&](Json& m) {
              Json& layer = members(m)[1]["layers"][2];
              layer["units"] = 3;
              layer["weights"].push_back(layer["weights"][0]);
              layer["biases"].push_back(0);
            }),
            "m.json: 'members[1]': expected as many classes as the first member has");
}

TEST(DamagedModel, numbers_that_are_none_or_out_of_range_are_refused) {
  EXPECT_EQ(after([](Json& m) { m["layers"][0]["weights"][1][2] = nullptr; }),
            "m.json: 'layers[0].weights[1][2]': expected a number");
  EXPECT_THAT(after([](Json& m) { m["layers"][0]["biases"][1] = 1e39; }),
              testing::HasSubstr("'layers[0].biases[1]': expected a number from -3.4028235e+38 to "
                                 "3.4028235e+38, found 1e+39"));
  EXPECT_THAT(
      after([](Json& m) { m["input"]["scale"][1] = 0; }),
      testing::HasSubstr("'input.scale[1]': expected a number from 1e-08 to 1e+30, found 0"));
  EXPECT_THAT(after([](Json& m) { m["input"]["offset"] = -1; }),
              testing::HasSubstr("'input.offset': expected a number from "));
  EXPECT_EQ(after([](Json& m) { m["input"]["scale"].erase(0); }),
            "m.json: 'input.scale': expected 3 items, found 2");
  EXPECT_EQ(complaint("{\"version\":1e400}"), "m.json: a number is too large for a double");
}

TEST(DamagedModel, classes_must_be_as_many_as_outputs) {
  EXPECT_EQ(after([](Json& m) {
              m["classes"] = {"fall", "rise", "stay"};
            }),
            "m.json: 'classes': expected 2 items, found 3");
  EXPECT_EQ(after([](Json& m) { m["classes"] = {"rise"}; }),
            "m.json: 'classes': expected at least two classes");
}

TEST(DamagedModel, a_changed_weight_is_caught_by_the_test_vectors) {
  using testing::MatchesRegex;
  const std::string problem =
      "m.json: 'test_vectors\\[0\\]': P\\(fall\\) of these inputs is 0\\.[0-9]+ ";
  const std::string why =
      ", and roundings explain no more than 1\\.[0-9]+e-05: weights, transform or test vectors "
      "were "
      "changed or damaged";
  EXPECT_THAT(after([](Json& m) { m["layers"][1]["weights"][0][0] = 5; }),
              MatchesRegex(problem + "here, but 0\\.[0-9]+ in the file" + why));
  EXPECT_THAT(after([](Json& m) {
                m["test_vectors"][0]["probabilities"] = {0.5, 0.25};
              }),
              MatchesRegex(problem + "here, but 0\\.5 in the file" + why));
  EXPECT_EQ(after([](Json& m) { m["test_vectors"] = Json::array(); }),
            "m.json: 'test_vectors': expected 1 to 100 test vectors, found 0");
  EXPECT_EQ(after([](Json& m) { m["test_vectors"][1]["inputs"].push_back(0); }),
            "m.json: 'test_vectors[1].inputs': expected 6 items, found 7");
}

TEST(DamagedModel, weights_that_give_no_number_are_refused) {
  // inf - inf within the second layer
  EXPECT_THAT(after([](Json& m) {
                for (auto& layer : m["layers"])
                  if (layer["activation"] == "sigmoid") layer["activation"] = "linear";
                for (auto& row : m["layers"][0]["weights"]) row = Json(std::vector(6, 3e38));
                m["layers"][1]["weights"][0] = {3e38, -3e38, 3e38, -3e38};
              }),
              testing::HasSubstr("P(fall) of these inputs is nan here, but "));
}

TEST(DamagedModel, a_wrong_training_record_is_named_by_key) {
  EXPECT_EQ(after([](Json& m) { m["training"]["first"] = "yesterday"; }),
            "m.json: 'training.first': expected a time such as 2019-08-23T10:11:12.345Z");
  EXPECT_EQ(after([](Json& m) { m["training"]["sources"][0] = 1; }),
            "m.json: 'training.sources[0]': expected a text");
  EXPECT_EQ(after([](Json& m) { m["training"]["seed"] = 4294967296; }),
            "m.json: 'training.seed': expected a whole number from 0 to 4294967295");
  EXPECT_EQ(after([](Json& m) { m["training"]["validation"][0]["auc"] = "high"; }),
            "m.json: 'training.validation[0].auc': expected a number");
  EXPECT_EQ(after([](Json& m) { m["training"]["options"]["layers"] = Json::array(); }),
            "m.json: 'training.options.layers': expected a text");
  EXPECT_EQ(
      after([](Json& m) { m["training"]["class_samples"][0] = -1; }),
      "m.json: 'training.class_samples[0]': expected a whole number from 0 to 9007199254740992");
  EXPECT_EQ(after([](Json& m) { m["training"].erase("class_samples"); }), "");
  EXPECT_EQ(after([](Json& m) { m["input"]["mirror"] = 1; }),
            "m.json: 'input.mirror': expected true or false");
  EXPECT_EQ(after([](Json& m) { m["training"]["test"] = Json::object(); }),
            "m.json: 'training.test': expected a list");
  EXPECT_EQ(after([](Json& m) { m["training"]["options"] = 1; }),
            "m.json: 'training.options': expected an object");
}

TEST(DamagedModel, deep_nesting_is_refused) {
  EXPECT_EQ(complaint(std::string(1'000'000, '[')), "m.json: lists or objects nested too deeply");
}

}  // namespace
}  // namespace obkit::neural
