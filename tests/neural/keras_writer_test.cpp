#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"

#include "support/random_models.hpp"
#include "support/scratch_folder.hpp"
#include "support/small_model.hpp"

namespace obkit::neural {
namespace {

TEST(KerasWriter, keeps_all_that_the_native_file_keeps_to_the_bit) {
  for (const ModelParts& parts : varied_models(1)) {
    const Model model{parts};
    const Model again = Model::from_bytes(to_bytes(model, ModelFormat::keras), "m.h5");
    EXPECT_EQ(again.to_json(), model.to_json());
  }
}

TEST(KerasWriter, keeps_that_a_model_takes_flow) {
  const Model model{flow_parts()};
  const Model again = Model::from_bytes(to_bytes(model, ModelFormat::keras), "m.h5");
  EXPECT_EQ(again.to_json(), model.to_json());
  EXPECT_EQ(keras_caveat(model), std::nullopt);
}

TEST(KerasWriter, writes_the_same_bytes_again) {
  EXPECT_EQ(to_bytes(small_model(), ModelFormat::keras),
            to_bytes(small_model(), ModelFormat::keras));
}

TEST(KerasWriter, writes_many_layers_and_a_long_record) {
  std::mt19937 random{3};
  std::vector<Index> units(63, 2);
  units.push_back(2);
  ModelParts parts = small_parts();
  parts.members = {Network{6, units, Activation::tanh, random}};
  parts.training.sources.assign(20'000, "SYMBOL_20190823.ds");
  const Model model{parts};
  EXPECT_EQ(Model::from_bytes(to_bytes(model, ModelFormat::keras), "m.h5").to_json(),
            model.to_json());
}

TEST(KerasWriter, refuses_members) {
  ModelParts parts = small_parts();
  parts.members.push_back(parts.members.front());
  parts.members.push_back(parts.members.front());
  try {
    (void)to_bytes(Model{parts}, ModelFormat::keras);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "a .h5 file holds one network, not 3 members: write .json or .onnx");
  }
}

TEST(KerasWriter, says_what_keras_will_not_know) {
  ModelParts parts = small_parts();
  EXPECT_EQ(keras_caveat(Model{parts}),
            "in Keras this .h5 is the bare network: it knows nothing of the input transform "
            "'relative' and the mirror, which only obkit's tools read from it");
  parts.mirror = Mirror::off;
  EXPECT_THAT(keras_caveat(Model{parts}).value(),
              testing::HasSubstr("of the input transform 'relative', which"));
  parts.transform = {};
  EXPECT_EQ(keras_caveat(Model{parts}), std::nullopt);
  parts.mirror = Mirror::on;
  EXPECT_THAT(keras_caveat(Model{parts}).value(),
              testing::HasSubstr("nothing of the mirror, which"));
}

TEST(KerasWriter, notices_weights_that_were_changed_behind_its_back) {
  std::string bytes = to_bytes(small_model(), ModelFormat::keras);
  const float weight = small_model().parts().members[0].layers()[0].weights()(0, 0), other = 9;
  const std::string is{reinterpret_cast<const char*>(&weight), sizeof weight};
  const auto at = bytes.find(is);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, is.size(), reinterpret_cast<const char*>(&other), sizeof other);
  EXPECT_THROW((void)Model::from_bytes(bytes, "m.h5"), DataError);
}

/// The layout as h5py sees it, and a forward pass by numpy.
TEST(KerasWriter, writes_what_h5py_and_numpy_understand_as_keras_does) {
  const ScratchFolder scratch;
  std::string command = "/usr/bin/python3 " OBKIT_SOURCE_DIR "/tests/neural/check_keras_file.py";
  int number = 0;
  for (ModelParts parts : varied_models(1)) {
    // Keras computes what we do where there is neither transform nor mirror.
    parts.transform = {};
    parts.mirror = Mirror::off;
    for (Vector& sample : parts.test_inputs) sample /= 1e6f;
    const Model model{parts};
    const std::string path = scratch / (std::to_string(number++) + ".h5");
    model.save(path, Existing::refuse);
    model.save(path + ".json", Existing::refuse);
    command += " " + path;
  }
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "python3-h5py is not installed";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace obkit::neural
