#include "obkit/neural/model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "obkit/core/error.hpp"

#include "net/random.hpp"
#include "support/each_target.hpp"
#include "support/random_models.hpp"
#include "support/small_model.hpp"

namespace obkit::neural {
namespace {

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
  for (std::size_t i = 0; i < model.parts().members[0].layers().size(); ++i) {
    const Dense &was = model.parts().members[0].layers()[i],
                &is = loaded.parts().members[0].layers()[i];
    EXPECT_EQ(is.weights(), was.weights());
    EXPECT_EQ(is.biases(), was.biases());
    EXPECT_EQ(is.activation(), was.activation());
  }
  std::mt19937 random{1};
  for (int i = 0; i < 100; ++i) {
    const auto sample = random_volumes(random, model.inputs());
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
  std::vector<Dense> layers = parts.members[0].layers();
  for (std::size_t i = 0; i < numbers.size(); ++i)
    layers[1].weights().reshaped()[static_cast<Index>(i)] = numbers[i];
  parts.members[0] = Network{layers};
  parts.members[0].parameters()[0].front() = -0.0f;
  const std::string text = Model{parts}.to_json();
  const Model read = Model::from_json(text, "m");
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const float value =
        read.parts().members[0].layers()[1].weights().reshaped()[static_cast<Index>(i)];
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

TEST(Model, of_flow_reads_back_too_and_an_early_obkit_refuses_it) {
  const Model model{flow_parts()};
  const std::string text = model.to_json();
  const Model read = Model::from_json(text, "m");
  EXPECT_EQ(read.to_json(), text);
  EXPECT_EQ(read.takes(), InputKind::flow);
  EXPECT_EQ(read.inputs(), 14U);
  EXPECT_EQ(read.depth(), 20U);
  EXPECT_EQ(nlohmann::json::parse(text)["version"], 2);
  EXPECT_EQ(small_model().depth(), small_model().inputs());
}

TEST(Model, a_record_without_times_and_areas_reads_back_too) {
  ModelParts parts = small_parts();
  parts.training = {};
  parts.training.validation = {
      {.name = "majority", .evaluation = {.samples = 3, .blocks = 3, .accuracy = 1}}};
  const Model model{parts};
  EXPECT_EQ(Model::from_json(model.to_json(), "m").training(), parts.training);
}

TEST(Model, names_that_are_no_utf8_are_written_with_a_mark_in_their_place) {
  ModelParts parts = small_parts();
  parts.label = "h\xe9";
  parts.training.sources = {"latin1_\xc9.ds"};
  const Model read = Model::from_json(Model{parts}.to_json(), "m");
  EXPECT_EQ(read.label(), "h\ufffd");
  EXPECT_EQ(read.training().sources, std::vector<std::string>{"latin1_\ufffd.ds"});
  EXPECT_NE(to_json(parts.training).find("latin1_\ufffd.ds"), std::string::npos);
}

TEST(Model, what_is_not_known_of_a_record_is_null) {
  TrainingRecord record;
  const Evaluation evaluation{
      .samples = 3, .blocks = 1, .accuracy = 1, .reliability = {{}, {3, 0.5, 1}}};
  record.test = {{.name = "network", .evaluation = evaluation}};
  const auto json = nlohmann::json::parse(to_json(record))["test"][0];
  EXPECT_TRUE(json["accuracy_standard_error"].is_null());
  EXPECT_TRUE(json["reliability"][0]["mean_forecast"].is_null());
  EXPECT_TRUE(json["reliability"][0]["share_of_rises"].is_null());
  EXPECT_EQ(json["reliability"][1]["mean_forecast"], 0.5);
}

TEST(Model, a_record_of_an_early_version_reads_too) {
  auto document = nlohmann::ordered_json::parse(small_model().to_json());
  auto& record = document["training"];
  record.erase("members");
  record.erase("walk_forward");
  record.erase("symbols");
  record["epochs"] = 20;
  record["best_epoch"] = 12;
  record["stopped"] = "all epochs run";
  for (const char* key : {"validation", "test"}) {
    for (auto& evaluation : record[key])
      for (const char* later : {"blocks", "mcc", "brier", "confusion", "reliability"})
        evaluation.erase(later);
  }
  document["input"].erase("level_decay");
  document["input"].erase("evidence");
  document["input"]["offset"] = 0.05;
  document.erase("test_vectors");
  document["test_vectors"] = {
      {{"inputs", {0, 0, 0, 0, 0, 0}}, {"probabilities", {0.5, 0.5}}}};  // mirror: a draw
  const TrainingRecord read = Model::from_json(document.dump(), "m").training();
  EXPECT_EQ(read.members, (std::vector<MemberRecord>{{20, 12, "all epochs run"}}));
  EXPECT_TRUE(read.walk_forward.empty());
  EXPECT_EQ(read.validation[0].evaluation.accuracy, 0.75);
  EXPECT_EQ(read.validation[0].evaluation.blocks, 12U);
}

TEST(Model, the_score_of_the_mirrored_sample_is_exactly_the_opposite) {
  // 6 and 14 inputs do not fill whole vector registers, 100 do.
  for (const Index inputs : {Index{6}, Index{14}, Index{100}}) {
    const Model model = small_model(inputs);
    std::mt19937 random{2};
    for (int i = 0; i < 300; ++i) {
      auto sample = random_volumes(random, model.inputs());
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
  Matrix input = to_input(sample);
  parts.transform.apply(input);
  const Vector p = parts.members[0].forward(Vector{input});
  EXPECT_EQ(model.predict(sample), p);
  EXPECT_EQ(model.score(sample), double{p[1]} - double{p[0]});
}

TEST(Model, several_members_predict_their_mean_and_read_back) {
  ModelParts parts = small_parts(), other = small_parts();
  std::mt19937 random{12};
  const std::vector<Index> units{5, 2};
  other.members = {Network{6, units, Activation::relu, random}};
  parts.members.push_back(other.members[0]);
  const Model both{parts};
  const std::vector<double> sample{1, 2, 300, 40, 5, 6};
  const Vector mean = (small_model().predict(sample) + Model{other}.predict(sample)) / 2;
  EXPECT_NEAR(both.predict(sample)[0], mean[0], 1e-6);
  EXPECT_EQ(Model::from_json(both.to_json(), "m").to_json(), both.to_json());
  EXPECT_EQ(both.score(std::vector<double>{6, 5, 40, 300, 2, 1}), -both.score(sample));
}

TEST(Model, every_transform_reads_back_and_keeps_the_mirror_exact) {
  std::mt19937 random{13};
  for (const char* name : {"none", "relative", "log", "zscore", "share"}) {
    TransformFitter fitter;
    for (int i = 0; i < 20; ++i)
      fitter.add(to_input(random_volumes(random, 6)), static_cast<std::uint8_t>(i % 2), 0);
    ModelParts parts = small_parts();
    parts.transform = fitter.fit(
        {.kind = parse_transform(name).value(), .level_decay = 0.5, .by_evidence = true});
    const Model model{parts};
    EXPECT_EQ(Model::from_json(model.to_json(), "m").to_json(), model.to_json()) << name;
    auto sample = random_volumes(random, 6);
    const double score = model.score(sample);
    std::reverse(sample.begin(), sample.end());
    EXPECT_EQ(model.score(sample), -score) << name;
  }
}

TEST(Model, of_three_classes_mirrors_the_first_two) {
  ModelParts parts = small_parts();
  std::mt19937 random{14};
  const std::vector<Index> units{5, 3};
  parts.members = {Network{6, units, Activation::tanh, random}};
  parts.classes = {"fall", "rise", "stay"};
  const Model model{parts};
  EXPECT_EQ(Model::from_json(model.to_json(), "m").to_json(), model.to_json());
  const Vector p = model.predict(std::vector<double>{1, 2, 300, 40, 5, 6});
  const Vector q = model.predict(std::vector<double>{6, 5, 40, 300, 2, 1});
  EXPECT_EQ(p, (Vector{{q[1], q[0], q[2]}}));
}

TEST(ModelFormat, that_this_build_lacks_is_refused_before_the_work) {
  EXPECT_TRUE(can_write(ModelFormat::json));
  for (const auto& [format, refusal] :
       {std::pair{ModelFormat::json, ""},
        {ModelFormat::keras, "this build of obkit has no Keras: it cannot write .h5, write .json"},
        {ModelFormat::onnx,
         "this build of obkit has no ONNX: it cannot write .onnx, write .json"}}) {
    std::string problem;
    try {
      check_format(format, 1);
    } catch (const UsageError& error) {
      problem = error.what();
    }
    EXPECT_EQ(problem, can_write(format) ? "" : refusal);
  }
}

TEST(Model, of_any_kind_is_read_where_sums_are_rounded_otherwise) {
  for (const Model& model : usual_models()) {
    SCOPED_TRACE(kind_of(model));
    const std::string text = model.to_json();
    for (const InstructionSet set : instruction_sets()) {
      const UseTarget use{set};
      EXPECT_NO_THROW((void)Model::from_json(text, "m.json"));
    }
  }
}

/// P(class 1) without a mirror, in double precision, of inputs that are transformed already.
double exact_rise(const Model& model, const Vector& input) {
  Eigen::VectorXd x = input.cast<double>();
  for (const Dense& layer : model.parts().members.front().layers()) {
    x = (layer.weights().cast<double>() * x + layer.biases().cast<double>()).eval();
    for (double& z : x) {
      if (layer.activation() == Activation::sigmoid) z = 1 / (1 + std::exp(-z));
      if (layer.activation() == Activation::tanh) z = std::tanh(z);
      if (layer.activation() == Activation::relu) z = std::max(z, 0.0);
    }
  }
  return 1 / (1 + std::exp(x[0] - x[1]));
}

TEST(Model, is_as_near_to_the_exact_result_as_it_says) {
  for (const Model& mirrored : usual_models()) {
    SCOPED_TRACE(kind_of(mirrored));
    ModelParts parts = mirrored.parts();
    parts.mirror = Mirror::off;
    const Model model{parts};
    for (const Vector& raw : parts.test_inputs) {
      Matrix input = raw;
      parts.transform.apply(input);
      const std::vector<double> sample(raw.begin(), raw.end());
      const double exact = exact_rise(model, input), allowed = model.tolerance(sample)[1];
      for (const InstructionSet set : instruction_sets()) {
        const UseTarget use{set};
        EXPECT_NEAR(model.predict(sample)[1], exact, allowed);
      }
      // What docs/formats.md states.
      EXPECT_LE(allowed, parts.transform.kind() == TransformKind::none ? 2e-3 : 2e-5);
    }
  }
}

TEST(Model, probabilities_add_up_to_one) {
  const Model model = small_model();
  std::mt19937 random{3};
  for (int i = 0; i < 100; ++i)
    EXPECT_NEAR(model.predict(random_volumes(random, model.inputs())).sum(), 1, 1e-6);
}

TEST(Model, stays_finite_for_samples_beyond_reason) {
  const Model model = small_model();
  EXPECT_TRUE(std::isfinite(model.score(std::vector<double>(6, 1e308))));
  EXPECT_TRUE(std::isfinite(model.score(std::vector<double>(6, 0))));
}

}  // namespace
}  // namespace obkit::neural
