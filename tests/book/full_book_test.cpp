#include "obkit/book/full_book.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obkit::book {
namespace {

using Action = LevelChange::Action;
using testing::ElementsAre;

LevelChange row(Action action, Side side, std::uint64_t id, const char* price, double size) {
  return {action, side, id, *price ? parse_price(price) : std::nullopt, size};
}
LevelChange insert(Side side, std::uint64_t id, const char* price, double size) {
  return row(Action::insert, side, id, price, size);
}
LevelChange update(Side side, std::uint64_t id, double size, const char* price = "") {
  return row(Action::update, side, id, price, size);
}
LevelChange remove(Side side, std::uint64_t id) {
  return {Action::remove, side, id, std::nullopt, std::nullopt};
}

LevelChange set(Side side, std::uint64_t id, const char* price, double size) {
  return row(Action::set, side, id, price, size);
}

BookUpdate image(std::vector<LevelChange> rows) {
  return {.kind = BookUpdate::Kind::image, .symbol = "X", .levels = std::move(rows)};
}
BookUpdate changes(std::vector<LevelChange> rows) {
  return {.kind = BookUpdate::Kind::changes, .symbol = "X", .levels = std::move(rows)};
}

std::vector<std::string> texts(const std::vector<Price>& prices) {
  std::vector<std::string> out;
  out.reserve(prices.size());
  for (const Price price : prices) out.push_back(to_string(price));
  return out;
}

/// Two levels a side: bids 9.5, 10; asks 10.50, 11.
class FullBookTest : public testing::Test {
 protected:
  void SetUp() override {
    // Asks arrive worst first, as the exchange sends them.
    const auto applied =
        book_.apply(image({insert(Side::ask, 4, "11", 40), insert(Side::ask, 3, "10.50", 30),
                           insert(Side::bid, 2, "10", 20), insert(Side::bid, 1, "9.5", 10)}));
    ASSERT_EQ(applied.outcome, Outcome::applied);
  }
  Outcome apply(LevelChange change) { return book_.apply(changes({change})).outcome; }
  OrderBook top(std::size_t depth) {
    OrderBook out;
    EXPECT_TRUE(book_.top(depth, out));
    return out;
  }
  FullBook book_;
};

TEST_F(FullBookTest, top_runs_from_worst_bid_to_worst_ask_and_keeps_the_decimals) {
  EXPECT_THAT(texts(top(4).prices), ElementsAre("9.5", "10", "10.50", "11"));
  EXPECT_THAT(top(4).volumes, ElementsAre(10, 20, 30, 40));
  EXPECT_THAT(texts(top(2).prices), ElementsAre("10", "10.50"));
}

TEST_F(FullBookTest, a_level_has_so_many_better_ones_before_it) {
  EXPECT_EQ(book_.price_at(Side::bid, 0), parse_price("10"));
  EXPECT_EQ(book_.price_at(Side::bid, 1), parse_price("9.5"));
  EXPECT_EQ(book_.price_at(Side::ask, 1), parse_price("11"));
  EXPECT_EQ(book_.price_at(Side::ask, 2), std::nullopt);
}

TEST_F(FullBookTest, a_side_with_too_few_prices_has_no_top) {
  OrderBook out;
  EXPECT_FALSE(book_.top(6, out));
  EXPECT_EQ(apply(remove(Side::ask, 4)), Outcome::applied);
  EXPECT_FALSE(book_.top(4, out));
  EXPECT_TRUE(book_.top(2, out));
}

TEST_F(FullBookTest, an_update_without_price_changes_the_level_that_the_id_names) {
  EXPECT_EQ(apply(update(Side::bid, 2, 21)), Outcome::applied);
  EXPECT_EQ(apply(update(Side::ask, 3, 31, "10.5")), Outcome::applied);
  EXPECT_THAT(top(2).volumes, ElementsAre(21, 31));
}

TEST_F(FullBookTest, levels_that_share_a_price_are_summed_and_removed_apart) {
  EXPECT_EQ(apply(insert(Side::bid, 5, "10.0", 0.1)), Outcome::applied);
  EXPECT_EQ(apply(insert(Side::bid, 6, "10.0", 0.2)), Outcome::applied);
  EXPECT_THAT(top(4).volumes, ElementsAre(10, 20 + 0.1 + 0.2, 30, 40));
  EXPECT_EQ(apply(remove(Side::bid, 2)), Outcome::applied);
  EXPECT_EQ(apply(remove(Side::bid, 5)), Outcome::applied);
  EXPECT_THAT(top(4).volumes, ElementsAre(10, 0.2, 30, 40)) << "no drift is left behind";
}

TEST_F(FullBookTest, both_sides_may_have_the_same_price) {
  EXPECT_EQ(apply(insert(Side::bid, 5, "10.5", 7)), Outcome::applied);
  EXPECT_TRUE(top(2).is_crossed());
  EXPECT_THAT(top(2).volumes, ElementsAre(7, 30));
}

TEST_F(FullBookTest, a_second_image_replaces_everything) {
  EXPECT_EQ(
      book_.apply(image({insert(Side::bid, 2, "8", 1), insert(Side::ask, 1, "9", 2)})).outcome,
      Outcome::applied);
  EXPECT_EQ(book_.levels(), 2U);
  EXPECT_THAT(texts(top(2).prices), ElementsAre("8", "9"));
}

TEST_F(FullBookTest, an_empty_image_is_an_empty_book_that_stands) {
  EXPECT_EQ(book_.apply(image({})).outcome, Outcome::applied);
  EXPECT_TRUE(book_.has_image());
  EXPECT_EQ(book_.levels(), 0U);
  EXPECT_EQ(apply(insert(Side::bid, 1, "1", 1)), Outcome::applied);
}

TEST_F(FullBookTest, an_identical_insert_overwrites_the_size) {
  EXPECT_EQ(apply(insert(Side::bid, 2, "10.0", 22)), Outcome::applied);
  EXPECT_EQ(book_.levels(), 4U);
  EXPECT_THAT(top(2).volumes, ElementsAre(22, 30));
}

TEST_F(FullBookTest, ids_use_all_64_bits) {
  constexpr std::uint64_t low = 1, high = low + (std::uint64_t{1} << 32U);
  EXPECT_EQ(apply(insert(Side::bid, high, "9", 5)), Outcome::applied);
  EXPECT_EQ(apply(insert(Side::bid, ~std::uint64_t{0}, "8", 6)), Outcome::applied);
  EXPECT_EQ(book_.levels(), 6U);
}

TEST_F(FullBookTest, names_the_level_at_which_it_was_lost) {
  const auto lost = book_.apply(changes({update(Side::bid, 2, 21), remove(Side::bid, 77)}));
  EXPECT_EQ(lost.outcome, Outcome::unknown_id);
  EXPECT_EQ(lost.id, 77U);
  EXPECT_EQ(describe(lost.outcome), "change of an unknown level");
}

TEST_F(FullBookTest, is_lost_by_every_change_that_cannot_be) {
  struct Case {
    LevelChange change;
    Outcome outcome;
  };
  const std::vector<Case> cases{
      {update(Side::bid, 77, 1), Outcome::unknown_id},
      {remove(Side::bid, 77), Outcome::unknown_id},
      {insert(Side::ask, 2, "10", 1), Outcome::contradiction},
      {insert(Side::bid, 2, "10.5", 1), Outcome::contradiction},
      {update(Side::ask, 2, 1), Outcome::contradiction},
      {update(Side::bid, 2, 1, "9"), Outcome::contradiction},
      {remove(Side::ask, 2), Outcome::contradiction},
      {insert(Side::bid, 5, "", 1), Outcome::incomplete},
      {{Action::insert, Side::bid, 5, parse_price("1"), std::nullopt}, Outcome::incomplete},
      {{Action::update, Side::bid, 2, std::nullopt, std::nullopt}, Outcome::incomplete},
  };
  for (const auto& [change, outcome] : cases) {
    SetUp();
    EXPECT_EQ(apply(change), outcome);
    EXPECT_TRUE(is_loss(outcome));
    EXPECT_FALSE(describe(outcome).empty());
    EXPECT_FALSE(book_.has_image());
    EXPECT_EQ(book_.levels(), 0U);
    EXPECT_EQ(apply(insert(Side::bid, 9, "1", 1)), Outcome::dropped) << "until the next image";
  }
}

TEST_F(FullBookTest, a_set_level_is_made_overwritten_or_taken_away) {
  EXPECT_EQ(apply(set(Side::bid, 5, "10.25", 7)), Outcome::applied);
  EXPECT_EQ(top(2).best_bid(), parse_price("10.25"));
  EXPECT_EQ(apply(set(Side::bid, 5, "10.25", 8)), Outcome::applied);
  EXPECT_THAT(top(2).volumes, ElementsAre(8, 30));
  EXPECT_EQ(apply(set(Side::bid, 5, "10.25", 0)), Outcome::applied);
  EXPECT_EQ(top(2).best_bid(), parse_price("10"));
  EXPECT_EQ(apply(set(Side::bid, 5, "10.25", 0)), Outcome::applied) << "it is not there already";
  EXPECT_EQ(apply({Action::set, Side::bid, 5, parse_price("10.25"), std::nullopt}),
            Outcome::incomplete);
}

TEST_F(FullBookTest, is_crossed_when_the_best_bid_reaches_the_best_ask) {
  EXPECT_FALSE(book_.is_crossed());
  ASSERT_EQ(apply(insert(Side::bid, 9, "10.5", 1)), Outcome::applied);
  EXPECT_TRUE(book_.is_crossed());
  ASSERT_EQ(book_.apply(image({insert(Side::bid, 1, "9", 1)})).outcome, Outcome::applied);
  EXPECT_FALSE(book_.is_crossed()) << "nothing to cross";
}

TEST_F(FullBookTest, sizes_that_could_add_up_to_infinity_are_a_loss) {
  for (const auto& change : {insert(Side::bid, 7, "10", 1.7e308), update(Side::bid, 2, 1.7e308),
                             set(Side::ask, 8, "12", 1e301)}) {
    SetUp();
    EXPECT_EQ(apply(change), Outcome::endless_size);
    EXPECT_FALSE(book_.has_image());
  }
  SetUp();
  EXPECT_EQ(apply(insert(Side::bid, 7, "10", 1e300)), Outcome::applied);
  EXPECT_EQ(top(2).volumes[0], 1e300) << "of 20 and that";
}

TEST_F(FullBookTest, changes_that_are_old_change_nothing) {
  BookUpdate old = changes({remove(Side::bid, 2), remove(Side::bid, 99)});
  old.kind = BookUpdate::Kind::old;
  EXPECT_EQ(book_.apply(old).outcome, Outcome::applied);
  EXPECT_EQ(texts(top(2).prices), texts({*parse_price("10"), *parse_price("10.50")}));
}

TEST(FullBook, an_update_can_say_that_the_book_is_lost) {
  FullBook book;
  BookUpdate lost = changes({insert(Side::bid, 2, "8", 1)});
  lost.lost = "a hole";
  EXPECT_EQ(book.apply(lost).outcome, Outcome::dropped) << "there is none yet";
  ASSERT_EQ(book.apply(image({insert(Side::bid, 1, "9", 1)})).outcome, Outcome::applied);
  const Applied applied = book.apply(lost);
  EXPECT_EQ(applied.outcome, Outcome::told_lost);
  EXPECT_TRUE(is_loss(applied.outcome));
  EXPECT_FALSE(book.has_image());
}

/// Tells what it was shown; its checksum is the number of levels.
class CountingRule final : public ChecksumRule {
 public:
  [[nodiscard]] std::size_t levels() const override { return 2; }
  [[nodiscard]] std::uint32_t checksum(std::span<const PriceLevel> bids,
                                       std::span<const PriceLevel> asks) const override {
    seen_bids.assign(bids.begin(), bids.end());
    seen_asks.assign(asks.begin(), asks.end());
    return static_cast<std::uint32_t>(bids.size() + asks.size());
  }
  mutable std::vector<PriceLevel> seen_bids, seen_asks;
};

TEST(FullBook, a_checksum_is_made_of_the_best_prices_after_the_update) {
  const CountingRule rule;
  FullBook book;
  BookUpdate start = image({insert(Side::bid, 1, "9", 1), insert(Side::bid, 2, "10", 2),
                            insert(Side::bid, 3, "8", 3), insert(Side::bid, 4, "10", 5),
                            insert(Side::ask, 5, "11", 4)});
  start.checksum_rule = &rule;
  start.checksum = 3;
  ASSERT_EQ(book.apply(start).outcome, Outcome::applied);
  EXPECT_THAT(rule.seen_bids,
              ElementsAre(PriceLevel{*parse_price("10"), 7}, PriceLevel{*parse_price("9"), 1}));
  EXPECT_THAT(rule.seen_asks, ElementsAre(PriceLevel{*parse_price("11"), 4}));
  BookUpdate next = changes({insert(Side::ask, 6, "12", 4)});
  next.checksum_rule = &rule;
  next.checksum = 3;
  const Applied applied = book.apply(next);
  EXPECT_EQ(applied.outcome, Outcome::wrong_checksum);
  EXPECT_EQ(applied.id, 3U) << "the checksum of the update";
  EXPECT_TRUE(is_loss(applied.outcome));
  EXPECT_FALSE(book.has_image());
}

TEST(FullBook, keeps_as_many_levels_as_the_feed_does) {
  FullBook book;
  BookUpdate start = image({insert(Side::bid, 1, "9", 1), insert(Side::bid, 2, "10", 2),
                            insert(Side::bid, 3, "8", 3), insert(Side::ask, 4, "11", 4)});
  start.kept_levels = 2;
  ASSERT_EQ(book.apply(start).outcome, Outcome::applied);
  EXPECT_EQ(book.levels(), 3U) << "the bid of 8 went";
  BookUpdate next = changes({insert(Side::bid, 5, "9.5", 5), insert(Side::ask, 6, "12", 6),
                             insert(Side::ask, 7, "13", 7)});
  next.kept_levels = 2;
  ASSERT_EQ(book.apply(next).outcome, Outcome::applied);
  OrderBook top;
  ASSERT_TRUE(book.top(4, top));
  EXPECT_THAT(texts(top.prices), ElementsAre("9.5", "10", "11", "12"));
  EXPECT_EQ(book.levels(), 4U);
  EXPECT_EQ(book.apply(changes({update(Side::bid, 1, 2)})).outcome, Outcome::unknown_id);
}

TEST(FullBook, drops_changes_before_the_first_image) {
  FullBook book;
  const auto early = book.apply(changes({insert(Side::bid, 1, "1", 1)}));
  EXPECT_EQ(early.outcome, Outcome::dropped);
  EXPECT_FALSE(is_loss(early.outcome));
  EXPECT_EQ(book.levels(), 0U);
}

TEST(FullBook, an_image_that_contradicts_itself_is_a_loss) {
  FullBook book;
  const auto wrong = image({insert(Side::bid, 1, "1", 1), insert(Side::ask, 1, "1", 1)});
  EXPECT_EQ(book.apply(wrong).outcome, Outcome::contradiction);
  EXPECT_FALSE(book.has_image());
}

}  // namespace
}  // namespace obkit::book
