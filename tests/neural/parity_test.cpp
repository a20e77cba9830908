#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "obkit/neural/optimizer.hpp"

#include "each_target.hpp"
#include "synthetic.hpp"

namespace obkit::neural {
namespace {

using Json = nlohmann::json;

/// What PyTorch 1.13 made of the same weights and batches; data/make_parity.py wrote it.
const Json& golden() {
  static const Json json =
      Json::parse(std::ifstream{OBKIT_SOURCE_DIR "/tests/neural/data/parity.json"});
  return json;
}

std::unique_ptr<Optimizer> make(const std::string& name) {
  if (name == "sgd")
    return std::make_unique<Sgd>(Sgd::Options{.learning_rate = 0.1f, .momentum = 0.9f});
  if (name == "rmsprop")
    return std::make_unique<RmsProp>(RmsProp::Options{.learning_rate = 0.003f});
  return std::make_unique<AdamW>(AdamW::Options{.learning_rate = 0.003f, .weight_decay = 0.01f});
}

double squares(std::span<const float> block) {
  return std::accumulate(block.begin(), block.end(), 0.0,
                         [](double sum, float w) { return sum + double{w} * double{w}; });
}

// Single precision in another order: after 100 steps PyTorch itself ends up to 2e-6 (parameters)
// and 4e-7 (losses) from what it computes in double precision; twice that between two such, and
// some room.
constexpr double parameter_tolerance = 1e-5, loss_tolerance = 2e-6;

class Parity : public EachTarget {
 protected:
  static void expect_parity(const Json& golden_case) {
    const auto units = golden_case["units"].get<std::vector<Index>>();
    const auto losses = golden_case["losses"].get<std::vector<double>>();
    const auto inputs = golden_case["inputs"].get<Index>();
    const auto batch = golden()["batch"].get<std::size_t>();
    const auto samples = synthetic_samples(inputs, units.back(), losses.size() * batch);
    Network network = synthetic_network(
        inputs, units, *parse_activation(golden_case["hidden"].get<std::string>()));
    const auto optimizer = make(golden_case["optimizer"]);
    BatchPass pass;
    for (std::size_t i = 0; i < losses.size(); ++i) {
      const auto x =
          samples.inputs.middleCols(static_cast<Index>(i * batch), static_cast<Index>(batch));
      const auto part = [&](const auto& of) { return std::span{of}.subspan(i * batch, batch); };
      const double loss = network.backward(
          x, part(samples.classes),
          golden_case["weighted"] ? part(samples.weights) : std::span<const float>{}, pass);
      ASSERT_NEAR(loss, losses[i], loss_tolerance) << "step " << i;
      optimizer->step(network.parameters(), pass.blocks());
    }
    expect_parameters(network.parameters(), golden_case["parameters"]);
  }

  static void expect_parameters(const ParameterBlocks& blocks, const Json& summaries) {
    ASSERT_EQ(blocks.size(), summaries.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_NEAR(blocks[i].front(), summaries[i]["first"].get<double>(), parameter_tolerance);
      EXPECT_NEAR(blocks[i].back(), summaries[i]["last"].get<double>(), parameter_tolerance);
      const auto sum = summaries[i]["squares"].get<double>();
      EXPECT_NEAR(squares(blocks[i]), sum, parameter_tolerance * (1 + sum)) << "block " << i;
    }
  }
};

TEST_P(Parity, with_pytorch_holds_for_100_steps_of_each_optimizer) {
  ASSERT_EQ(golden()["cases"].size(), 9U);
  for (const Json& golden_case : golden()["cases"]) {
    SCOPED_TRACE(golden_case["optimizer"].dump() + golden_case["units"].dump());
    expect_parity(golden_case);
  }
}

INSTANTIATE_TEST_SUITE_P(With, Parity, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace
}  // namespace obkit::neural
