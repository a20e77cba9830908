#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <onnx/checker.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/neural/model.hpp"

#include "support/random_models.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::neural {
namespace {

std::vector<Model> all_kinds() {
  std::vector<Model> models;
  for (const std::size_t members : {1, 3})
    for (const ModelParts& parts : varied_models(members)) models.emplace_back(parts);
  return models;
}

onnx::ModelProto parse(const std::string& bytes) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes));
  return model;
}

std::string as_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

void write(const std::string& path, const std::string& bytes) {
  const auto sink = open_sink(path, Existing::refuse);
  sink->write(bytes);
  sink->close();
}

/// Books of all kinds, also empty and absurd ones.
std::vector<std::vector<double>> books(std::size_t inputs) {
  std::mt19937 random{23};
  std::vector<std::vector<double>> samples{std::vector<double>(inputs, 0),
                                           std::vector<double>(inputs, 1),
                                           std::vector<double>(inputs, 3e38)};
  samples[2][1] = 0;
  while (samples.size() < 60) samples.push_back(random_volumes(random, inputs));
  return samples;
}

TEST(OnnxWriter, passes_the_checker_of_onnx_itself) {
  for (const Model& model : all_kinds()) {
    const onnx::ModelProto file = parse(to_bytes(model, ModelFormat::onnx));
    EXPECT_NO_THROW(onnx::checker::check_model(file));
  }
}

TEST(OnnxWriter, stores_no_constant_that_is_not_used) {
  for (const Model& model : all_kinds()) {
    const onnx::ModelProto file = parse(to_bytes(model, ModelFormat::onnx));
    std::set<std::string> used;
    for (const auto& node : file.graph().node())
      used.insert(node.input().begin(), node.input().end());
    for (const auto& constant : file.graph().initializer())
      EXPECT_TRUE(used.contains(constant.name())) << constant.name();
  }
}

TEST(OnnxWriter, writes_the_same_bytes_again) {
  for (const Model& model : all_kinds())
    EXPECT_EQ(to_bytes(model, ModelFormat::onnx), to_bytes(model, ModelFormat::onnx));
}

TEST(OnnxWriter, says_what_goes_in_and_out_and_where_it_comes_from) {
  const onnx::ModelProto file = parse(to_bytes(small_model(), ModelFormat::onnx));
  EXPECT_EQ(file.ir_version(), 7);
  EXPECT_EQ(file.opset_import(0).version(), 13);
  ASSERT_EQ(file.graph().input_size(), 1);
  EXPECT_EQ(file.graph().input(0).name(), "volumes");
  EXPECT_EQ(file.graph().input(0).type().tensor_type().shape().dim(0).dim_param(), "N");
  EXPECT_EQ(file.graph().input(0).type().tensor_type().shape().dim(1).dim_value(), 6);
  ASSERT_EQ(file.graph().output_size(), 2);
  EXPECT_EQ(file.graph().output(0).name(), "probabilities");
  EXPECT_EQ(file.graph().output(1).name(), "score");
  std::string metadata;
  for (const auto& property : file.metadata_props())
    metadata += property.key() + "=" + property.value() + ";";
  EXPECT_EQ(metadata,
            "tool=test 1.0;classes=fall,rise;label=next;training_first=2019-08-23T10:11:12.345Z;"
            "training_last=2019-08-24T00:00:00.000Z;");
}

TEST(OnnxWriter, names_the_flow_where_that_goes_in_and_cuts_none_of_it) {
  const onnx::ModelProto file = parse(to_bytes(Model{flow_parts()}, ModelFormat::onnx));
  EXPECT_NO_THROW(onnx::checker::check_model(file));
  ASSERT_EQ(file.graph().input_size(), 1);
  EXPECT_EQ(file.graph().input(0).name(), "flow");
  EXPECT_EQ(file.graph().input(0).type().tensor_type().shape().dim(1).dim_value(), 14);
  for (const auto& node : file.graph().node()) EXPECT_NE(node.op_type(), "Min");
}

/// Runs each model by onnxruntime-web under node; the exit code.
int run_elsewhere(const std::vector<std::string>& paths) {
  const char* modules = std::getenv("OBKIT_NODE_MODULES");
  std::string command =
      std::string{"node "} + OBKIT_SOURCE_DIR "/tests/neural/run_onnx.cjs " +
      (modules != nullptr ? modules : OBKIT_SOURCE_DIR "/build/node/node_modules");
  for (const std::string& path : paths) command += " " + path;
  return WEXITSTATUS(std::system(command.c_str()));
}

void expect_alike(const Model& model, const std::vector<std::vector<double>>& samples,
                  const std::string& bytes) {
  const std::size_t classes = model.classes().size();
  ASSERT_EQ(bytes.size(), samples.size() * (classes + 1) * sizeof(float));
  std::vector<float> found(bytes.size() / sizeof(float));
  std::memcpy(found.data(), bytes.data(), bytes.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Vector expected = model.predict(samples[i]), allowed = model.tolerance(samples[i]);
    for (std::size_t c = 0; c < classes; ++c) {
      const auto k = static_cast<Index>(c);
      EXPECT_NEAR(found[i * classes + c], expected[k], allowed[k]);
    }
    EXPECT_NEAR(found[samples.size() * classes + i], model.score(samples[i]),
                allowed[0] + allowed[1]);
  }
}

/// Whether there is a runtime to ask: it gives the models' predictions of the samples, or fails.
bool asks_elsewhere(const std::vector<Model>& models,
                    const std::vector<std::vector<double>>& samples) {
  const ScratchFolder scratch;
  std::vector<float> inputs;
  for (const auto& sample : samples)
    for (const double volume : sample) inputs.push_back(static_cast<float>(volume));
  std::vector<std::string> paths;
  for (const Model& model : models) {
    paths.push_back(scratch / (std::to_string(paths.size()) + ".onnx"));
    model.save(paths.back(), Existing::refuse);
    write(paths.back() + ".in", as_bytes(inputs));
    write(paths.back() + ".depth", std::to_string(model.inputs()));
  }
  const int code = run_elsewhere(paths);
  if (code == 77) return false;
  EXPECT_EQ(code, 0);
  for (std::size_t i = 0; i < models.size() && code == 0; ++i) {
    SCOPED_TRACE(kind_of(models[i]));
    expect_alike(models[i], samples, read_all(paths[i] + ".out", std::size_t{1} << 20));
  }
  return true;
}

TEST(OnnxWriter, gives_our_predictions_in_another_runtime) {
  if (std::system("node --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "node is not installed";
  const std::vector<Model> models = all_kinds();
  if (!asks_elsewhere(models, books(models.front().inputs())))
    GTEST_SKIP() << "onnxruntime-web is not installed";
}

TEST(OnnxWriter, gives_those_of_a_model_of_flow) {
  if (std::system("node --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "node is not installed";
  const Model model{flow_parts()};
  std::vector<std::vector<double>> samples;
  for (const Vector& input : model.parts().test_inputs)
    samples.emplace_back(input.begin(), input.end());
  if (!asks_elsewhere({model}, samples)) GTEST_SKIP() << "onnxruntime-web is not installed";
}

TEST(OnnxWriter, gives_those_of_networks_of_usual_size) {
  if (std::system("node --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "node is not installed";
  const std::vector<Model> models = usual_models();
  std::vector<std::vector<double>> samples;
  for (const Vector& input : models.front().parts().test_inputs)
    samples.emplace_back(input.begin(), input.end());
  if (!asks_elsewhere(models, samples)) GTEST_SKIP() << "onnxruntime-web is not installed";
}

}  // namespace
}  // namespace obkit::neural
