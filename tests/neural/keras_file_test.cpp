#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"

#include "support/small_model.hpp"

namespace obkit::neural {
namespace {

const std::string folder = std::string{OBKIT_SOURCE_DIR} + "/tests/neural/data/";

/// The bytes of a file of Keras with one text for another of the same length, everywhere.
std::string altered(const std::string& name, const std::string& from, const std::string& to) {
  EXPECT_EQ(from.size(), to.size());
  std::string bytes = read_all(folder + name, Model::max_file_bytes);
  std::size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos);
  for (; at != std::string::npos; at = bytes.find(from, at + to.size()))
    bytes.replace(at, to.size(), to);
  return bytes;
}

class KerasExample : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(, KerasExample,
                         testing::Values("keras2_sequential", "keras2_functional",
                                         "keras3_sequential", "keras3_functional",
                                         "stored_in_chunks", "stored_as_halves",
                                         "stored_by_latest"),
                         [](const auto& instance) { return instance.param; });

TEST_P(KerasExample, predicts_what_numpy_does) {
  const Model model = Model::load(folder + GetParam() + ".h5");
  EXPECT_EQ(model.inputs(), 6U);
  EXPECT_EQ(model.label(), "next");
  EXPECT_EQ(model.parts().mirror, Mirror::off);
  EXPECT_EQ(model.parts().transform.kind(), TransformKind::none);
  EXPECT_EQ(model.training(), TrainingRecord{});
  EXPECT_THAT(model.parts().tool, testing::StartsWith("Keras "));
  std::ifstream rows{folder + GetParam() + ".txt"};
  std::size_t count = 0;
  for (std::string row; std::getline(rows, row); ++count) {
    std::istringstream numbers{row};
    std::vector<double> sample(6), expected(model.classes().size());
    for (double& value : sample) numbers >> value;
    for (double& value : expected) numbers >> value;
    const Vector found = model.predict(sample);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[static_cast<Index>(i)], expected[i], 1e-6);
  }
  EXPECT_EQ(count, 8U);
}

TEST_P(KerasExample, becomes_a_native_file_that_reads_back) {
  const Model model = Model::load(folder + GetParam() + ".h5");
  EXPECT_EQ(Model::from_json(model.to_json(), "m").to_json(), model.to_json());
}

TEST_P(KerasExample, cut_anywhere_is_refused_by_name_or_whole_but_for_free_space) {
  const std::string bytes = read_all(folder + GetParam() + ".h5", Model::max_file_bytes);
  for (std::size_t length = 8; length < bytes.size(); length += 61) {
    const std::string problem = keras_complaint(bytes.substr(0, length));
    if (!problem.empty()) {
      EXPECT_THAT(problem, testing::StartsWith("m.h5:"));
    }
  }
}

TEST_P(KerasExample, with_any_flipped_bit_is_refused_or_harmless) {
  const std::string bytes = read_all(folder + GetParam() + ".h5", Model::max_file_bytes);
  for (std::size_t at = 8; at < bytes.size(); at += bytes[at] == 0 ? 37 : 3) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    try {
      (void)Model::from_bytes(damaged, "m.h5");
    } catch (const DataError&) {  // nothing else may come out
    }
  }
}

TEST(KerasFile, three_outputs_are_fall_rise_and_stay) {
  EXPECT_THAT(Model::load(folder + "keras2_functional.h5").classes(),
              testing::ElementsAre("fall", "rise", "stay"));
  EXPECT_THAT(Model::load(folder + "keras2_sequential.h5").classes(),
              testing::ElementsAre("fall", "rise"));
}

TEST(KerasFile, that_cannot_be_taken_names_layer_and_reason) {
  EXPECT_EQ(
      keras_complaint(altered("keras2_sequential.h5", "\"Dropout\"", "\"Flatten\"")),
      "m.h5: 'model_config.config.layers[1]': layer 'dropout_1' is a Flatten: only InputLayer, "
      "Dense, Activation and Dropout in one chain are read");
  EXPECT_EQ(keras_complaint(altered("keras3_functional.h5", "\"Dropout\"", "\"Reshape\"")),
            "m.h5: 'model_config.config.layers[2]': layer 'dropout' is a Reshape: only InputLayer, "
            "Dense, Activation and Dropout in one chain are read");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "\"Sequential\"", "\"SomeoneOwn\"")),
            "m.h5: 'model_config.class_name': expected Sequential, Model or Functional, found "
            "\"SomeoneOwn\"");
  EXPECT_EQ(
      keras_complaint(altered("keras2_sequential.h5", "\"sigmoid\"", "\"swisher\"")),
      "m.h5: 'model_config.config.layers[0]': layer 'dense_1' has the activation swisher: only "
      "sigmoid, tanh, relu, linear and softmax are read");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "\"sigmoid\"", "\"softmax\"")),
            "m.h5: 'model_config': layer 'dense_1' has the activation softmax: expected softmax in "
            "the last layer and only there");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "\"softmax\"", "\"sigmoid\"")),
            "m.h5: 'model_config': layer 'dense_3' has the activation sigmoid: expected softmax in "
            "the last layer and only there");
  EXPECT_EQ(keras_complaint(altered("keras2_functional.h5", "\"softmax\"", "\"sigmoid\"")),
            "m.h5: 'model_config': layer 'dense_2' has the activation sigmoid: expected softmax in "
            "the last layer and only there");
}

TEST(KerasFile, of_the_first_keras_is_named_as_such) {
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "2.2.4", "1.2.2")),
            "m.h5: a model of Keras 1.2.2: files of Keras 2 and 3 are read; Keras 2 loads this one "
            "and can save it again");
  // Some say their version nowhere.
  const std::string units = R"("trainable": true, "units": 3)", before = R"("output_dim": 3)";
  EXPECT_EQ(
      keras_complaint(altered("keras2_sequential.h5", units,
                              before + std::string(units.size() - before.size(), ' '))),
      "m.h5: 'model_config.config.layers[2]': layer 'dense_2' is of Keras 1: files of Keras 2 "
      "and 3 are read; Keras 2 loads this one and can save it again");
}

TEST(KerasFile, of_layers_that_are_no_chain_is_refused) {
  EXPECT_EQ(
      keras_complaint(altered("keras2_functional.h5", R"([["activation_1", 0, 0, {}]])",
                              R"([["input_1", 0, 0, {}]]     )")),
      "m.h5: 'model_config.config.layers[4]': layer 'dense_1' stands beside 'dense_2': only a "
      "chain of layers is read");
  EXPECT_EQ(keras_complaint(altered("keras2_functional.h5", R"([["activation_2", 0, 0]])",
                                    R"([["activation_1", 0, 0]])")),
            "m.h5: 'model_config.config.output_layers': expected the last layer of the chain");
  EXPECT_EQ(keras_complaint(altered("keras2_functional.h5", R"([["input_1", 0, 0, {}]])",
                                    R"([["dense_9", 0, 0, {}]])")),
            "m.h5: 'model_config.config.layers': only a chain of layers is read");
}

TEST(KerasFile, whose_weights_are_not_those_of_its_configuration_is_refused) {
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", R"("units": 4)", R"("units": 5)")),
            "m.h5: layer 'dense_1': expected a kernel of 6 x 5, found 6 x 4");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "[null, 6]", "[null, 8]")),
            "m.h5: layer 'dense_1': expected a kernel of 8 x 4, found 6 x 4");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "[null, 6]", "[6, 6, 6]")),
            "m.h5: 'model_config.config.layers[0].config.batch_input_shape': expected two "
            "dimensions, samples and volumes, found 3");
  EXPECT_EQ(
      keras_complaint(altered("keras2_sequential.h5", R"("units": 2)", R"("units": 7)")),
      "m.h5: 'model_config': layer 'dense_3' has 7 units: expected 2 outputs (fall, rise) or 3 "
      "(fall, rise, stay)");
  EXPECT_EQ(keras_complaint(
                altered("keras2_functional.h5", R"("use_bias": false)", R"("use_bias": true )")),
            "m.h5: layer 'dense_1': expected kernel and bias, found 1 weights");
  EXPECT_EQ(keras_complaint(
                altered("keras2_sequential.h5", R"("name": "dense_2")", R"("name": "dense_7")")),
            "m.h5: layer 'dense_7': the file has no weights for it");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", R"("units": 4)", R"("units": -)")),
            "m.h5: model_config:1:211: expected JSON");
}

TEST(KerasFile, without_a_model_in_it_is_refused) {
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "model_config", "model_onfigc")),
            "m.h5: an HDF5 file without 'model_config': expected a whole model, as Keras' "
            "model.save() writes it");
  EXPECT_EQ(keras_complaint(altered("keras2_sequential.h5", "model_weights", "model_eightsw")),
            "m.h5: an HDF5 file without 'model_weights'");
}

TEST(ForeignFile, of_a_kind_that_is_not_read_is_named) {
  EXPECT_EQ(keras_complaint("\b\7:"),  // how an ONNX model begins
            "m.h5: an ONNX model: they are written, not read; give the .json or .h5 beside it");
  EXPECT_EQ(keras_complaint("PK\3\4"),
            "m.h5: expected a model of obkit, found zip, which unzip unpacks");
  const std::string member{"metadata.json"};
  EXPECT_EQ(
      keras_complaint("PK\3\4" + std::string(22, 'x') + "\x0D" + std::string(3, '\0') + member),
      "m.h5: expected a model of obkit, found a model of Keras 3 (.keras): saved as .h5 it is "
      "read");
  EXPECT_THAT(keras_complaint("\x89HDF\r\n\x1a\n"),
              testing::StartsWith("m.h5: the file is cut or damaged"));
}

}  // namespace
}  // namespace obkit::neural
