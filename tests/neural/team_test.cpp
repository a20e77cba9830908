#include "obkit/neural/team.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "obkit/neural/training.hpp"

#include "net/random.hpp"
#include "stored.hpp"
#include "thread_team.hpp"

namespace obkit::neural {
namespace {

TEST(Shares, are_neighbours_of_which_the_first_has_one) {
  for (const std::size_t count : {0U, 1U, 2U, 5U, 16U, 100U}) {
    for (const std::size_t ranks : {1U, 2U, 3U, 7U}) {
      std::size_t next = 0;
      for (std::size_t rank = 0; rank < ranks; ++rank) {
        const Range share = share_of(count, rank, ranks);
        EXPECT_EQ(share.begin, next);
        EXPECT_LE(share.size(), (count + ranks - 1) / ranks);
        next = share.end;
      }
      EXPECT_EQ(next, count);
      EXPECT_EQ(share_of(count, 0, ranks).size() > 0, count > 0);
    }
  }
}

TEST(Team, gathers_numbers_by_rank) {
  ThreadTeams teams{3};
  teams.run([](const Team& team) {
    const std::vector<double> own(team.rank(), 0.5 + static_cast<double>(team.rank()));
    const std::vector<std::vector<double>> expected{{}, {1.5}, {2.5, 2.5}};
    EXPECT_EQ(gather(team, own), expected);
  });
}

class Teams : public testing::TestWithParam<std::size_t> {};

TEST_P(Teams, add_terms_in_the_order_of_the_ranks) {
  constexpr std::size_t length = 10'000, terms = 11;  // of sizes that no other order sums alike
  std::mt19937 random{1};
  std::vector<std::vector<float>> all(terms, std::vector<float>(length));
  for (auto& term : all)
    for (float& value : term)
      value = uniform(random, -1, 1) * (random() % 2 == 0 ? 1.0f : 10'000.0f);
  std::vector<float> expected = all[0], backwards = all[terms - 1];
  for (std::size_t i = 0; i < length; ++i) {
    for (std::size_t k = 1; k < terms; ++k) expected[i] += all[k][i];
    for (std::size_t k = terms - 1; k > 0; --k) backwards[i] += all[k - 1][i];
  }
  ASSERT_NE(expected, backwards);
  ThreadTeams teams{GetParam()};
  teams.run([&](const Team& team) {
    std::vector<float> own, sum(length);
    const Range share = share_of(terms, team.rank(), team.size());
    for (std::size_t k = share.begin; k < share.end; ++k)
      own.insert(own.end(), all[k].begin(), all[k].end());
    add_in_order(team, own, sum);
    EXPECT_EQ(sum, expected);
  });
}

/// All that a training leaves behind.
struct Trained {
  std::vector<double> losses;
  std::vector<float> values;

  bool operator==(const Trained&) const = default;
};

class TeamTraining : public Teams {
 protected:
  TeamTraining() {
    const auto rises = [](const auto& raw) { return static_cast<std::uint8_t>(raw[0] > raw[5]); };
    add_drawn(samples_, 1'300, 6, 1, rises);
    add_drawn(validation_, 2'500, 6, 2, rises);
    recipe_.units = {70, 2};
    recipe_.training = {.epochs = 2, .batch = 1'100, .l2 = 1e-3f};
    std::mt19937 random{3};
    for (std::size_t i = 0; i < 1'300; ++i) weights_.push_back(uniform(random, 0.1f, 2));
  }

  Trained train_as(const Team& team, const SampleView& samples, const SampleView& validation) {
    const std::vector<TrainingData> parts{{samples, validation, none_, team}};
    TrainingState state = begin_training(recipe_, 6, 0);
    Trained trained;
    (void)train_parts(recipe_, parts, 0, state, [&](const Epoch& epoch, const TrainingState&) {
      trained.losses.push_back(epoch.training_loss);
      trained.losses.push_back(*epoch.validation_loss);
    });
    for (const auto& block : state.network.parameters())
      trained.values.insert(trained.values.end(), block.begin(), block.end());
    return trained;
  }

  void expect_same_as_alone(const SampleView& samples) {
    const SampleView& validation = validation_.view();
    const Trained expected = train_as(alone(), samples, validation);
    ASSERT_EQ(expected.losses.size(), 4U);
    ThreadTeams teams{GetParam()};
    teams.run([&](const Team& team) { EXPECT_EQ(train_as(team, samples, validation), expected); });
  }

  Stored samples_, validation_;
  std::vector<float> weights_;
  InputTransform none_;
  Recipe recipe_;
};

TEST_P(TeamTraining, gives_the_bits_of_one_process_with_each_optimizer) {
  recipe_.momentum = 0.9f;
  for (const auto optimizer : {OptimizerKind::adam, OptimizerKind::rmsprop, OptimizerKind::sgd}) {
    recipe_.optimizer = optimizer;
    expect_same_as_alone(samples_.view());
  }
}

TEST_P(TeamTraining, gives_the_bits_of_one_process_where_samples_have_weights) {
  SampleView view = samples_.view();
  view.weights = weights_;
  expect_same_as_alone(view);
}

TEST_P(TeamTraining, gives_the_bits_of_one_process_where_a_batch_is_one_block) {
  recipe_.training.batch = 64;
  expect_same_as_alone(samples_.view());
}

INSTANTIATE_TEST_SUITE_P(Of, Teams, testing::Values(1, 2, 3, 4, 7));
INSTANTIATE_TEST_SUITE_P(Of, TeamTraining, testing::Values(1, 2, 3, 4, 7));

}  // namespace
}  // namespace obkit::neural
