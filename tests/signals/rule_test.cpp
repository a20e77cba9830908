#include "obkit/signals/rule.hpp"

#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/signals/imbalance.hpp"
#include "obkit/signals/network_rule.hpp"

#include "tiny_model.hpp"

namespace obkit::signals {
namespace {

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
          Property(&UsageError::what, StrEq("--levels 3: the books have only 2 levels a side"))));
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

TEST(NetworkRule, scores_by_the_network) {
  const NetworkRule rule{tiny_model(), "tiny.json"};
  EXPECT_NEAR(rule.score(book_of({7, 2, 1, 7})), std::tanh(0.5), 1e-6);
  EXPECT_NEAR(rule.score(book_of({7, 1, 3, 7})), std::tanh(-1), 1e-6);
}

TEST(NetworkRule, refuses_books_of_another_depth) {
  const NetworkRule rule{tiny_model(), "tiny.json"};
  EXPECT_THAT(
      [&] {
        return rule.score(book_of({1, 1}));
      },
      Throws<DataError>(
          Property(&DataError::what,
                   StrEq("tiny.json: the model takes books of depth 4, the books have depth 2"))));
}

TEST(NetworkRule, refuses_a_book_that_it_does_not_fit_among_others) {
  const NetworkRule rule{tiny_model(), "tiny.json"};
  std::vector<OrderBook> books(50, book_of({7, 2, 1, 7}));
  books[40] = book_of({1, 1});
  std::vector<double> scores(books.size());
  EXPECT_THROW(rule.score(books, scores), DataError);
  books.resize(40);
  scores.resize(40);
  rule.score(books, scores);
  EXPECT_THAT(scores, testing::Each(rule.score(books.front())));
}

TEST(NetworkRule, refuses_a_model_of_something_else) {
  EXPECT_THAT(
      [] {
        NetworkRule(tiny_model({}, {}, {"cat", "dog"}), "pets.json");
      },
      Throws<DataError>(
          Property(&DataError::what, StrEq("pets.json: the model does not tell fall from "
                                           "rise"))));
}

}  // namespace
}  // namespace obkit::signals
