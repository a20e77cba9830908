#include "obkit/exchange/true_book.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace obkit::exchange {
namespace {

Price price(double value) { return Price::from_units(static_cast<std::int64_t>(value * 1e9), 1); }
Row bid(std::uint64_t id, double at, std::int64_t size) {
  return {id, Side::bid, price(at), size, {}};
}
Row ask(std::uint64_t id, double at, std::int64_t size) {
  return {id, Side::ask, price(at), size, {}};
}
BookFrame frame(BookAction action, std::vector<Row> rows) {
  return {0, action, {}, std::move(rows), {}};
}

TEST(TrueBook, sums_ids_at_one_price_and_lists_the_best_first) {
  TrueBook book;
  book.apply(frame(BookAction::partial, {ask(1, 101, 5), ask(2, 100.5, 7), ask(3, 100.5, 2),
                                         bid(4, 100, 1), bid(5, 99, 3)}));
  EXPECT_EQ(book.row_count(), 5U);
  EXPECT_EQ(book.levels(Side::ask, 9),
            (std::vector<TrueBook::PriceLevel>{{price(100.5), 9}, {price(101), 5}}));
  EXPECT_EQ(book.levels(Side::bid, 1), (std::vector<TrueBook::PriceLevel>{{price(100), 1}}));
}

TEST(TrueBook, remembers_the_price_of_an_update_that_has_none) {
  TrueBook book;
  book.apply(frame(BookAction::partial, {bid(4, 100, 1)}));
  Row update = bid(4, 0, 8);
  update.price.reset();
  book.apply(frame(BookAction::update, {update}));
  EXPECT_EQ(book.levels(Side::bid, 1), (std::vector<TrueBook::PriceLevel>{{price(100), 8}}));
}

TEST(TrueBook, a_partial_replaces_everything_and_may_be_empty) {
  TrueBook book;
  book.apply(frame(BookAction::partial, {bid(4, 100, 1)}));
  book.apply(frame(BookAction::partial, {}));
  EXPECT_EQ(book.row_count(), 0U);
  EXPECT_EQ(book.top(2), std::nullopt);
}

TEST(TrueBook, refuses_to_change_what_it_does_not_know) {
  TrueBook book;
  Row gone = bid(4, 100, 1);
  EXPECT_THROW(book.apply(frame(BookAction::remove, {gone})), std::invalid_argument);
  gone.price.reset();
  EXPECT_THROW(book.apply(frame(BookAction::update, {gone})), std::invalid_argument);
}

TEST(TrueBook, lists_rows_by_descending_price) {
  TrueBook book;
  book.apply(
      frame(BookAction::partial, {bid(1, 99, 1), ask(2, 101, 1), bid(3, 100, 1), ask(4, 102, 1)}));
  std::vector<std::uint64_t> ids;
  for (const Row& row : book.rows()) ids.push_back(row.id);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{4, 2, 3, 1}));
}

TEST(TrueBook, tops_run_from_the_worst_bid_to_the_worst_ask) {
  TrueBook book;
  book.apply(
      frame(BookAction::partial, {ask(1, 102, 4), ask(2, 101, 3), bid(3, 100, 2), bid(4, 99, 1)}));
  const auto top = book.top(4);
  ASSERT_TRUE(top);
  EXPECT_EQ(top->prices, (std::vector{price(99), price(100), price(101), price(102)}));
  EXPECT_EQ(top->volumes, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(book.top(6), std::nullopt);
}

// Python: zlib.crc32(b"99.0,1;100.0,2;|100.5,3;")
TEST(TrueBook, ladder_crc_is_that_of_zlib) {
  TrueBook book;
  book.apply(frame(BookAction::partial, {ask(1, 100.5, 3), bid(3, 100, 2), bid(4, 99, 1)}));
  EXPECT_EQ(book.ladder_crc(), 0x924ded1eU);
}

}  // namespace
}  // namespace obkit::exchange
