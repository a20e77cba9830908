#include "obkit/neural/model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/random.hpp"

#include "small_model.hpp"

namespace obkit::neural {
namespace {

std::vector<double> random_sample(std::mt19937& random, std::size_t inputs) {
  std::vector<double> sample(inputs);
  for (double& value : sample)
    value = random() % 8 == 0 ? 0 : std::exp(double{uniform(random, -3, 15)});
  return sample;
}

class ModelFile : public testing::Test {
 protected:
  ModelFile() { std::filesystem::remove(path_); }
  ~ModelFile() override { std::filesystem::remove(path_); }

  std::string path_ = testing::TempDir() + "obkit_model_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
};

TEST_F(ModelFile, gives_the_same_bits_back) {
  const Model model = small_model();
  model.save(path_, Existing::refuse);
  const Model loaded = Model::load(path_);
  EXPECT_EQ(loaded.to_json(), model.to_json());
  EXPECT_EQ(loaded.training(), model.training());
  EXPECT_EQ(loaded.classes(), model.classes());
  EXPECT_EQ(loaded.label(), "next");
  EXPECT_EQ(loaded.inputs(), 6U);
  for (std::size_t i = 0; i < model.parts().network.layers().size(); ++i) {
    const Dense &was = model.parts().network.layers()[i], &is = loaded.parts().network.layers()[i];
    EXPECT_EQ(is.weights(), was.weights());
    EXPECT_EQ(is.biases(), was.biases());
    EXPECT_EQ(is.activation(), was.activation());
  }
  std::mt19937 random{1};
  for (int i = 0; i < 100; ++i) {
    const auto sample = random_sample(random, model.inputs());
    EXPECT_EQ(loaded.predict(sample), model.predict(sample));
  }
}

TEST_F(ModelFile, is_not_replaced_unasked) {
  const Model model = small_model();
  model.save(path_, Existing::refuse);
  EXPECT_THROW(model.save(path_, Existing::refuse), IoError);
  EXPECT_NO_THROW(model.save(path_, Existing::overwrite));
}

TEST_F(ModelFile, that_is_missing_is_an_io_error) {
  EXPECT_THROW((void)Model::load(path_), IoError);
}

TEST(Model, numbers_of_every_size_read_back_to_the_same_bits) {
  ModelParts parts = small_parts();
  const std::vector<float> numbers{-0.0f,         0.1f,      1e-45f,      1.17549435e-38f,
                                   3.4028235e38f, 1e10f,     16777216.0f, -7.0f,
                                   1.00000012f,   8.5899e9f, 5e-6f,       7.038531e-26f};
  std::vector<Dense> layers = parts.network.layers();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    layers[1].weights().reshaped()[static_cast<Index>(i)] = numbers[i];
  parts.network = Network{layers};
  parts.network.parameters()[0].front() = -0.0f;
  const std::string text = Model{parts}.to_json();
  const Model read = Model::from_json(text, "m");
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float value =
        read.parts().network.layers()[1].weights().reshaped()[static_cast<Index>(i)];
    EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(numbers[i]));
  }
}

TEST(Model, without_transform_and_mirror_reads_back_too) {
  ModelParts parts = small_parts();
  parts.transform = {};
  parts.mirror = Mirror::off;
  const Model model{parts};
  EXPECT_EQ(Model::from_json(model.to_json(), "m").to_json(), model.to_json());
}

TEST(Model, a_record_without_times_and_areas_reads_back_too) {
  ModelParts parts = small_parts();
  parts.training = {};
  parts.training.validation = {{.name = "majority", .metrics = {3, 1, std::nullopt, std::nullopt}}};
  const Model model{parts};
  EXPECT_EQ(Model::from_json(model.to_json(), "m").training(), parts.training);
}

TEST(Model, the_score_of_the_mirrored_sample_is_exactly_the_opposite) {
  // 6 and 14 inputs do not fill whole vector registers, 100 do.
  for (const Index inputs : {Index{6}, Index{14}, Index{100}}) {
    const Model model = small_model(inputs);
    std::mt19937 random{2};
    for (int i = 0; i < 300; ++i) {
      auto sample = random_sample(random, model.inputs());
      const double score = model.score(sample);
      std::reverse(sample.begin(), sample.end());
      EXPECT_EQ(model.score(sample), -score);
    }
  }
}

TEST(Model, without_mirror_the_score_is_that_of_the_network_alone) {
  ModelParts parts = small_parts();
  parts.mirror = Mirror::off;
  const Model model{parts};
  const std::vector<double> sample{1, 2, 3, 4, 5, 6};
  Vector input = to_input(sample);
  parts.transform.apply(input);
  const Vector p = parts.network.forward(input);
  EXPECT_EQ(model.predict(sample), p);
  EXPECT_EQ(model.score(sample), double{p[1]} - double{p[0]});
}

TEST(Model, probabilities_add_up_to_one) {
  const Model model = small_model();
  std::mt19937 random{3};
  for (int i = 0; i < 100; ++i)
    EXPECT_NEAR(model.predict(random_sample(random, model.inputs())).sum(), 1, 1e-6);
}

TEST(Model, stays_finite_for_samples_beyond_reason) {
  const Model model = small_model();
  EXPECT_TRUE(std::isfinite(model.score(std::vector<double>(6, 1e308))));
  EXPECT_TRUE(std::isfinite(model.score(std::vector<double>(6, 0))));
}

}  // namespace
}  // namespace obkit::neural
