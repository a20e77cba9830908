#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "obkit/neural/random.hpp"

#include "each_target.hpp"
#include "random_models.hpp"
#include "synthetic.hpp"

namespace obkit::neural {
namespace {

using Batch = EachTarget;

TEST_P(Batch, of_any_size_gives_each_sample_the_bits_that_it_gets_alone) {
  for (const Index width : {1, 2, 3, 7, 15, 16, 17, 33, 50, 64, 100, 129}) {
    std::mt19937 random{static_cast<std::uint32_t>(width)};
    const std::vector<Index> units{width, 5, 3};
    const Network network{width, units, Activation::sigmoid, random};
    const Matrix x = synthetic_samples(width, 2, 100).inputs;
    Matrix alone(3, 100);
    for (Index i = 0; i < 100; ++i) alone.col(i) = network.forward(Vector{x.col(i)});
    for (Index n = 1; n <= 100; ++n)
      ASSERT_EQ(network.forward(Matrix{x.leftCols(n)}), alone.leftCols(n)) << width << ' ' << n;
  }
}

/// Scores as bits: 0 and -0 differ.
std::vector<std::uint64_t> scores_in_parts(const Model& model, Model::Samples samples,
                                           std::size_t most) {
  std::vector<double> scores(samples.size());
  for (std::size_t begin = 0; begin < samples.size(); begin += most) {
    const std::size_t count = std::min(most, samples.size() - begin);
    model.score(samples.subspan(begin, count), std::span{scores}.subspan(begin, count));
  }
  std::vector<std::uint64_t> bits;
  for (const double score : scores) bits.push_back(std::bit_cast<std::uint64_t>(score));
  return bits;
}

TEST_P(Batch, of_raw_samples_gives_each_the_score_that_it_has_alone_whatever_the_model) {
  for (const auto& [inputs, members] : {std::pair{Index{10}, 2U}, std::pair{Index{100}, 1U}}) {
    std::mt19937 random{11};
    std::vector<std::vector<double>> volumes(100);
    for (auto& each : volumes) each = random_volumes(random, static_cast<std::size_t>(inputs));
    const std::vector<std::span<const double>> samples{volumes.begin(), volumes.end()};
    for (const ModelParts& parts : varied_models(members, inputs)) {
      const Model model{parts};
      const auto alone = scores_in_parts(model, samples, 1);
      for (const std::size_t most : {2U, 3U, 5U, 15U, 16U, 31U, 32U, 33U, 64U, 65U, 100U})
        ASSERT_EQ(scores_in_parts(model, samples, most), alone)
            << inputs << ' ' << most << ' ' << to_string(parts.transform.kind());
      for (std::size_t i = 0; i < samples.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint64_t>(model.score(samples[i])), alone[i]);
    }
  }
}

TEST_P(Batch, may_be_part_of_a_larger_matrix) {
  const auto samples = synthetic_samples(10, 2, 40);
  Network network = synthetic_network(10, std::vector<Index>{6, 2}, Activation::tanh);
  Matrix wide(13, 40);
  wide.topRows(10) = samples.inputs;
  BatchPass part, whole;
  EXPECT_EQ(network.backward(wide.topRows(10), samples.classes, {}, part),
            network.backward(samples.inputs, samples.classes, {}, whole));
  for (std::size_t i = 0; i < part.gradient.size(); ++i)
    EXPECT_EQ(part.gradient[i].weights, whole.gradient[i].weights);
  Matrix y(2, 40);
  network.forward(wide.topRows(10), y);
  EXPECT_EQ(y, network.forward(samples.inputs));
}

TEST_P(Batch, that_is_worked_on_in_parts_has_the_gradient_of_its_parts) {
  const auto samples = synthetic_samples(20, 3, 150);  // more than is worked on at once
  const Network network = synthetic_network(20, std::vector<Index>{17, 3}, Activation::sigmoid);
  BatchPass whole, one;
  const double loss = network.backward(samples.inputs, samples.classes, samples.weights, whole);
  double sum = 0, total = 0;
  Matrix gradient = Matrix::Zero(17, 20);
  for (Index i = 0; i < 150; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float weight = samples.weights[at];
    sum += weight * network.backward(samples.inputs.col(i), {&samples.classes[at], 1}, {}, one);
    gradient += weight * one.gradient[0].weights;
    total += weight;
  }
  EXPECT_NEAR(loss, sum / total, 1e-6);
  gradient /= static_cast<float>(total);
  EXPECT_LT((gradient - whole.gradient[0].weights).cwiseAbs().maxCoeff(), 1e-7);
}

TEST_P(Batch, agrees_with_every_other_instruction_set_to_a_millionth) {
  const auto samples = synthetic_samples(100, 2, 33);
  const Network network =
      synthetic_network(100, std::vector<Index>{100, 50, 2}, Activation::sigmoid);
  const Matrix here = network.forward(samples.inputs);
  const UseTarget use{InstructionSet::baseline};
  EXPECT_LT((network.forward(samples.inputs) - here).cwiseAbs().maxCoeff(), 1e-6);
}

TEST_P(Batch, of_which_one_value_is_nan_has_no_finite_loss) {
  auto samples = synthetic_samples(10, 2, 40);
  const Network network = synthetic_network(10, std::vector<Index>{6, 2}, Activation::sigmoid);
  samples.inputs(3, 17) = std::numeric_limits<float>::quiet_NaN();
  BatchPass pass;
  EXPECT_TRUE(std::isnan(network.backward(samples.inputs, samples.classes, {}, pass)));
  EXPECT_FALSE(pass.gradient[0].weights.allFinite());
}

INSTANTIATE_TEST_SUITE_P(With, Batch, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace
}  // namespace obkit::neural
