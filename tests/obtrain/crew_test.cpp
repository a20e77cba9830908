#include "obtrain/crew.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::obtrain {
namespace {

using testing::ElementsAre;

std::vector<std::size_t> team_sizes(const Plan& plan) {
  std::vector<std::size_t> sizes;
  for (const neural::Range& team : plan.teams) sizes.push_back(team.size());
  return sizes;
}

Plan plan_of(std::vector<double> costs, std::size_t ranks, std::size_t blocks) {
  return make_plan(costs, ranks, blocks);
}

TEST(Plan, shares_out_whole_networks_first) {
  const Plan plan = plan_of({1, 1}, 2, 16);
  EXPECT_THAT(team_sizes(plan), ElementsAre(1, 1));
  EXPECT_THAT(plan.team_of, ElementsAre(0, 1));
}

TEST(Plan, puts_all_ranks_to_one_network) {
  EXPECT_THAT(team_sizes(plan_of({1}, 4, 16)), ElementsAre(4));
}

TEST(Plan, puts_no_more_ranks_together_than_a_batch_has_blocks) {
  EXPECT_THAT(team_sizes(plan_of({1, 1, 1}, 7, 2)), ElementsAre(2, 2, 2));
  const Plan alone = plan_of({1}, 3, 1);
  EXPECT_EQ(alone.team_with(0), alone.team_of[0]);
}

TEST(Plan, puts_ranks_that_are_left_over_to_the_others) {
  EXPECT_THAT(team_sizes(plan_of({1, 1, 1}, 7, 16)), ElementsAre(3, 2, 2));
}

TEST(Plan, does_not_leave_a_network_to_one_rank_as_another_has_a_small_baseline) {
  const Plan plan = plan_of({19'000, 4'000}, 2, 16);
  EXPECT_THAT(team_sizes(plan), ElementsAre(2));
  EXPECT_THAT(plan.team_of, ElementsAre(0, 0));
}

TEST(Plan, gives_the_dearest_folds_out_first) {
  const Plan plan = plan_of({6, 1, 2, 3, 4, 5}, 2, 1);  // a member and five folds
  std::vector<double> load(2);
  const std::vector<double> costs{6, 1, 2, 3, 4, 5};
  for (std::size_t i = 0; i < costs.size(); ++i) load[plan.team_of[i]] += costs[i];
  EXPECT_EQ(std::ranges::max(load), 11);
}

TEST(Plan, has_a_team_for_every_rank_of_use_and_none_twice) {
  for (std::size_t ranks = 1; ranks <= 9; ++ranks) {
    const Plan plan = plan_of({3, 2, 1}, ranks, 3);
    for (std::size_t i = 0; i + 1 < plan.teams.size(); ++i)
      EXPECT_LE(plan.teams[i].end, plan.teams[i + 1].begin);
    EXPECT_EQ(plan.team_with(0), 0U);
    EXPECT_EQ(plan.team_with(ranks), std::nullopt);
    for (const std::size_t team : plan.team_of) EXPECT_LT(team, plan.teams.size());
  }
}

TEST(Plan, of_no_work_is_a_plan) { EXPECT_TRUE(plan_of({}, 3, 1).team_of.empty()); }

TEST(CrewOfOne, does_all_the_work_by_itself) {
  const std::vector<double> costs{1, 2, 3};
  bool has_finished = false;
  const auto results =
      share_out(crew_of_one(), costs, {.jobs = 2, .finish = [&] { has_finished = true; }},
                [](std::size_t piece, const neural::Team& team) {
                  EXPECT_EQ(team.size(), 1U);
                  return std::string(piece, 'x');
                });
  EXPECT_THAT(results, ElementsAre("", "x", "xx"));
  EXPECT_TRUE(has_finished);
}

TEST(CrewOfOne, throws_what_the_first_refused_piece_threw) {
  const std::vector<double> costs{1, 2, 3};
  const Work work = [](std::size_t piece, const neural::Team&) -> std::string {
    if (piece > 0) throw UsageError{"piece " + std::to_string(piece)};
    return "";
  };
  try {
    (void)share_out(crew_of_one(), costs, {.finish = [] {}}, work);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "piece 1");
  }
}

TEST(CrewOfOne, leaves_out_what_comes_after_a_refused_piece) {
  const std::vector<double> costs(100, 1.0);
  std::vector<std::size_t> done;
  const Work work = [&](std::size_t piece, const neural::Team&) -> std::string {
    done.push_back(piece);
    if (piece == 2) throw UsageError{"refused"};
    return "";
  };
  EXPECT_THROW((void)share_out(crew_of_one(), costs, {.finish = [] {}}, work), UsageError);
  EXPECT_THAT(done, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace obkit::obtrain
