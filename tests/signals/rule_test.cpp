#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/signals/strategy.hpp"

#include "model_file.hpp"
#include "tiny_model.hpp"

namespace obkit::signals {
namespace {

//                              worst bid … best bid, best ask … worst ask
const std::vector<double> six_volumes{5, 1, 3, 1, 1, 9};

TEST(Imbalance, compares_the_levels_nearest_to_the_spread) {
  EXPECT_DOUBLE_EQ(imbalance(six_volumes, 1), (3. - 1.) / 4.);
  EXPECT_DOUBLE_EQ(imbalance(six_volumes, 2), (4. - 2.) / 6.);
  EXPECT_DOUBLE_EQ(imbalance(six_volumes, 3), (9. - 11.) / 20.);
}

TEST(Imbalance, counts_no_level_on_both_sides) {
  EXPECT_DOUBLE_EQ(imbalance(std::vector<double>{2, 0, 0, 2}, 1), 0);
  EXPECT_DOUBLE_EQ(imbalance(std::vector<double>{0, 7, 0, 0}, 2), 1);
  EXPECT_DOUBLE_EQ(imbalance(std::vector<double>{0, 0, 7, 0}, 2), -1);
}

TEST(Imbalance, of_volumes_whose_sum_no_number_holds_is_no_zero) {
  EXPECT_NEAR(imbalance(std::vector<double>{1.7e308, 1.6e308}, 1), 0.1 / 3.3, 1e-12);
  EXPECT_NEAR(imbalance(std::vector<double>{1.6e308, 1.7e308}, 1), -0.1 / 3.3, 1e-12);
}

TEST(Imbalance, of_no_volume_at_all_is_zero) {
  EXPECT_EQ(imbalance(std::vector<double>{4, 0, 0, 4}, 1), 0);
}

TEST(Imbalance, agrees_with_sums_one_after_another_exactly_where_sizes_are_whole) {
  std::mt19937_64 random{8};
  for (int round = 0; round < 200; ++round) {
    std::vector<double> whole(100);
    for (double& volume : whole) volume = static_cast<double>(random() % 100'000'000);
    std::vector<double> parts{whole};
    for (double& volume : parts) volume /= 1000;
    for (std::size_t levels = 1; levels <= 50; ++levels) {
      for (const bool is_whole : {true, false}) {
        const auto& volumes = is_whole ? whole : parts;
        double bid = 0, ask = 0;
        for (std::size_t i = 0; i < levels; ++i) bid += volumes[49 - i], ask += volumes[50 + i];
        const double naive = bid + ask > 0 ? (bid - ask) / (bid + ask) : 0;
        EXPECT_NEAR(imbalance(volumes, levels), naive, is_whole ? 0 : 1e-13);
      }
    }
  }
}

TEST(Imbalance, of_the_mirrored_book_is_the_opposite_to_the_bit) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> volume{0, 1e4};
  for (int round = 0; round < 200; ++round) {
    std::vector<double> volumes(100);
    std::generate(volumes.begin(), volumes.end(), [&] { return volume(random); });
    std::vector<double> mirrored{volumes.rbegin(), volumes.rend()};
    for (const std::size_t levels : {1U, 7U, 50U})
      EXPECT_EQ(imbalance(mirrored, levels), -imbalance(volumes, levels));
  }
}

using testing::Property;
using testing::StrEq;
using testing::Throws;

TEST(ImbalanceRule, takes_all_levels_or_those_asked_for) {
  const OrderBook book = book_of({5, 1, 3, 1, 1, 9});
  EXPECT_EQ(ImbalanceRule{std::nullopt}.score(book), imbalance(book.volumes, 3));
  EXPECT_EQ(ImbalanceRule{1}.score(book), imbalance(book.volumes, 1));
}

TEST(ImbalanceRule, refuses_more_levels_than_the_book_has) {
  EXPECT_THAT(
      [] {
        return ImbalanceRule{3}.score(book_of({1, 1, 1, 1}));
      },
      Throws<UsageError>(
          Property(&UsageError::what, StrEq("levels 3: the books have only 2 levels a side"))));
}

TEST(ImbalanceRule, refuses_volumes_that_do_not_add_up_to_a_number) {
  EXPECT_THAT(
      [] {
        return ImbalanceRule{2}.score(book_of({1e308, 1e308, 1, 1}));
      },
      Throws<DataError>(Property(&DataError::what,
                                 StrEq("book of 2019-08-23T10:11:12.345Z: the volumes add up to "
                                       "more than a number can hold"))));
}

TEST(ModelRule, scores_by_the_model) {
  const auto rule = model_rule(tiny_model(), "tiny.json");
  EXPECT_NEAR(rule->score(book_of({7, 2, 1, 7})), std::tanh(0.5), 1e-6);
  EXPECT_NEAR(rule->score(book_of({7, 1, 3, 7})), std::tanh(-1), 1e-6);
}

TEST(ModelRule, refuses_books_of_another_depth) {
  const auto rule = model_rule(tiny_model(), "tiny.json");
  EXPECT_THAT(
      [&] {
        return rule->score(book_of({1, 1}));
      },
      Throws<DataError>(
          Property(&DataError::what,
                   StrEq("tiny.json: the model takes books of depth 4, the books have depth 2"))));
}

TEST(ModelRule, refuses_a_book_that_it_does_not_fit_among_others) {
  const auto rule = model_rule(tiny_model(), "tiny.json");
  std::vector<OrderBook> books(50, book_of({7, 2, 1, 7}));
  books[40] = book_of({1, 1});
  std::vector<double> scores(books.size());
  EXPECT_THROW(rule->score(Books{books}, scores), DataError);
  books.resize(40);
  scores.resize(40);
  rule->score(Books{books}, scores);
  EXPECT_THAT(scores, testing::Each(rule->score(books.front())));
}

TEST(ModelRule, scores_by_the_flow_where_the_model_takes_it) {
  std::vector<float> weights(FlowInputs::count);
  weights[0] = 1;
  weights[6] = -2;
  const auto rule = model_rule(flow_model(weights), "flow.json");
  EXPECT_TRUE(rule->takes_flow());
  EXPECT_FALSE(model_rule(tiny_model(), "tiny.json")->takes_flow());
  const OrderBook book = book_of({1, 3, 1, 1});
  FlowInputs::Numbers flow{};
  flow[0] = 0.5;
  flow[6] = 0.75;
  double score = 0;
  rule->score({{&book, 1}, {&flow, 1}}, {&score, 1});
  EXPECT_NEAR(score, std::tanh((0.5 - 2 * 0.75) / 2), 1e-6);
  for (double& number : flow) number = -number;
  double mirrored = 0;
  rule->score({{&book, 1}, {&flow, 1}}, {&mirrored, 1});
  EXPECT_EQ(mirrored, -score);
}

TEST(ModelRule, of_flow_has_the_same_bits_from_a_file_and_in_any_batch) {
  std::mt19937 random{6};
  std::vector<float> weights(FlowInputs::count);
  for (float& weight : weights) weight = static_cast<float>(random() % 1000) / 300 - 1.5f;
  const auto rule = model_rule(flow_model(weights), "flow.json");
  const ModelFile file{flow_model(weights)};
  const Strategy strategy{{.model = file.path()}};
  EXPECT_TRUE(strategy.takes_flow());
  const std::vector<OrderBook> books(100, book_of({1, 3, 1, 1}));
  std::vector<FlowInputs::Numbers> flow(books.size());
  for (auto& numbers : flow)
    for (double& number : numbers) number = static_cast<double>(random() % 1000) / 100 - 5;
  std::vector<double> together(books.size());
  strategy.score({books, flow}, together);
  for (std::size_t i = 0; i < books.size(); ++i) {
    double alone = 0;
    rule->score(Books{books, flow}.part(i, 1), {&alone, 1});
    EXPECT_EQ(alone, together[i]);
  }
}

TEST(ModelRule, of_flow_refuses_books_of_another_depth_and_other_numbers) {
  const std::vector<float> weights(FlowInputs::count, 1);
  const auto rule = model_rule(flow_model(weights), "flow.json");
  const OrderBook book = book_of({1, 1});
  const FlowInputs::Numbers flow{};
  double score = 0;
  EXPECT_THAT(
      [&] {
        rule->score({{&book, 1}, {&flow, 1}}, {&score, 1});
      },
      Throws<DataError>(
          Property(&DataError::what,
                   StrEq("flow.json: the model takes books of depth 4, the books have depth 2"))));
  EXPECT_THAT(
      [&] {
        (void)rule->score(book_of({1, 1, 1, 1}));
      },
      Throws<UsageError>(
          Property(&UsageError::what, StrEq("flow.json: the model judges by what the last books "
                                            "did, not by a book alone"))));
  EXPECT_THAT([] { (void)model_rule(flow_model(std::vector<float>(12, 1)), "other.json"); },
              Throws<DataError>(Property(&DataError::what,
                                         StrEq("other.json: the model takes 12 numbers of what the "
                                               "last books did, expected 14"))));
}

TEST(ModelRule, refuses_a_model_of_something_else) {
  EXPECT_THAT(
      [] {
        (void)model_rule(tiny_model({}, {}, {"cat", "dog"}), "pets.json");
      },
      Throws<DataError>(
          Property(&DataError::what, StrEq("pets.json: the model does not tell fall from "
                                           "rise"))));
}

}  // namespace

}  // namespace obkit::signals
