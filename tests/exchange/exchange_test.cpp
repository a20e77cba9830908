#include "obkit/exchange/exchange.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/record.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/exchange/true_book.hpp"

#include "inbox.hpp"
#include "naive_book.hpp"

namespace obkit::exchange {

namespace {

SyntheticOptions options(std::vector<std::string> symbols = {"XBTUSD"}) {
  return {.symbols = std::move(symbols),
          .seed = 11,
          .start = *parse_iso("2026-01-01T00:00:00Z"),
          .rate = 10,
          .first_price = 60000};
}

const Subscription primary{"orderBookL2:XBTUSD", "XBTUSD", {0}};
const Subscription aggregated{"orderBookL2:XBTUSD", "XBTUSD", {2}};

/// Publishes `events` and holds the true book of `channel` against one rebuilt from the frames.
void expect_truth(std::size_t channel, int events) {
  Exchange exchange{make_synthetic_source(options())};
  Inbox inbox;
  const Subscription subscription{"orderBookL2:XBTUSD", "XBTUSD", {channel}};
  NaiveBook naive;
  std::uint64_t last_number = 0;
  exchange.observe([&](const Truth& truth) {
    if (truth.receivers == 0) return;
    naive.read(inbox.frames.back());
    inbox.frames.clear();
    ASSERT_EQ(truth.number, truth.action == BookAction::partial ? 0 : ++last_number);
    ASSERT_EQ(truth.book.row_count(), naive.rows.size());
    for (const Side side : {Side::bid, Side::ask})
      ASSERT_EQ(plain(truth.book.levels(side, 50)), naive.levels(side, 50));
  });
  exchange.subscribe(inbox, subscription);
  exchange.send_partial(inbox, subscription.topic);
  for (int i = 0; i < events; ++i) exchange.publish();
  EXPECT_EQ(exchange.frame_number(channel), last_number);
  EXPECT_GT(last_number, 0U);
}

TEST(Exchange, truth_is_the_book_that_the_primary_frames_make) { expect_truth(0, 12'000); }
TEST(Exchange, truth_is_the_book_that_the_secondary_frames_make) { expect_truth(1, 12'000); }
TEST(Exchange, truth_is_the_book_that_the_aggregated_frames_make) { expect_truth(2, 12'000); }

TEST(Exchange, who_follows_the_best_level_is_told_each_change_of_it_before_or_behind_the_book) {
  Exchange exchange{make_synthetic_source(options({"BTC-USDT"})), Venue::okx};
  Inbox inbox;
  exchange.subscribe(inbox, {"books:BTC-USDT", "BTC-USDT", {0}});
  exchange.send_partial(inbox, "books:BTC-USDT");
  exchange.subscribe(inbox, {"bbo-tbt:BTC-USDT", "BTC-USDT", {0}, true});
  exchange.send_partial(inbox, "bbo-tbt:BTC-USDT");
  const auto best_now = [&] {
    return exchange.protocol().write_best(exchange.book(0), exchange.source().channels()[0]);
  };
  const auto levels_of = [](const std::string& text) { return text.substr(0, text.find("ts")); };
  ASSERT_EQ(inbox.frames.size(), 2U);
  std::string last = inbox.frames.back();
  EXPECT_EQ(last, best_now());
  int before = 0, behind = 0;
  for (int i = 0; i < 2'000; ++i) {
    inbox.frames.clear();
    exchange.publish();
    const bool changed = levels_of(best_now()) != levels_of(last);
    ASSERT_EQ(inbox.frames.size(), changed ? 2U : 1U);
    if (!changed) continue;
    last = best_now();
    ++(inbox.frames[0] == last ? before : behind);
    ASSERT_TRUE(inbox.frames[0] == last || inbox.frames[1] == last);
  }
  EXPECT_GT(before, 50);
  EXPECT_GT(behind, 50);
}

TEST(Exchange, no_pool_is_crossed_after_any_frame) {
  Exchange exchange{make_synthetic_source(options())};
  exchange.observe([](const Truth& truth) {
    const auto bid = truth.book.levels(Side::bid, 1);
    const auto ask = truth.book.levels(Side::ask, 1);
    if (!bid.empty() && !ask.empty()) {
      ASSERT_LT(bid.front().price, ask.front().price);
    }
  });
  for (int i = 0; i < 20'000; ++i) exchange.publish();
}

TEST(Exchange, aggregated_is_the_union_and_has_two_ids_at_one_price) {
  Exchange exchange{make_synthetic_source(options())};
  for (int i = 0; i < 1'000; ++i) {
    exchange.publish();
    ASSERT_EQ(exchange.book(1).row_count(), 2U);
    ASSERT_EQ(exchange.book(0).row_count() + 2, exchange.book(2).row_count());
  }
  const auto all = std::size_t{10'000};
  EXPECT_LT(exchange.book(2).levels(Side::bid, all).size() +
                exchange.book(2).levels(Side::ask, all).size(),
            exchange.book(2).row_count());
}

TEST(Exchange, frames_of_one_event_are_delete_update_insert_and_bear_one_time) {
  const auto source = make_synthetic_source(options());
  Event event;
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_TRUE(source->next(event));
    for (std::size_t j = 0; j < event.frames.size(); ++j) {
      ASSERT_EQ(event.frames[j].time, event.time);
      if (j == 0 || event.frames[j].channel != event.frames[j - 1].channel) continue;
      ASSERT_GT(event.frames[j].action, event.frames[j - 1].action);
    }
  }
}

TEST(Exchange, the_partial_lists_descending_prices_sell_then_buy) {
  const auto source = make_synthetic_source(options());
  for (const BookFrame& image : source->opening()) {
    for (std::size_t i = 1; i < image.rows.size(); ++i) {
      ASSERT_LE(*image.rows[i].price, *image.rows[i - 1].price);
      ASSERT_FALSE(image.rows[i].side == Side::ask && image.rows[i - 1].side == Side::bid);
    }
  }
}

TEST(Exchange, delivers_the_same_frames_each_time) {
  const auto frames = [] {
    Exchange exchange{make_synthetic_source(options({"XBTUSD", "ETHUSD"}))};
    Inbox inbox;
    exchange.subscribe(inbox, {"orderBookL2", "", {0, 3}});
    exchange.send_partial(inbox, "orderBookL2");
    for (int i = 0; i < 500; ++i) exchange.publish();
    return inbox.frames;
  };
  const auto first = frames();
  EXPECT_EQ(first, frames());
  EXPECT_GE(first.size(), 501U);
  EXPECT_NE(first.front().find(R"("filter":{"pool":"Primary"})"), std::string::npos);
}

TEST(Exchange, symbols_have_markets_of_their_own) {
  Exchange exchange{make_synthetic_source(options({"XBTUSD", "ETHUSD"}))};
  for (int i = 0; i < 1'000; ++i) exchange.publish();
  EXPECT_NE(exchange.book(0).ladder_crc(), exchange.book(3).ladder_crc());
  EXPECT_GT(exchange.frame_number(3), 300U);
}

TEST(Exchange, keeps_deltas_back_until_the_partial) {
  Exchange exchange{make_synthetic_source(options())};
  Inbox inbox;
  exchange.subscribe(inbox, primary);
  EXPECT_FALSE(exchange.is_followed());
  exchange.publish();
  EXPECT_TRUE(inbox.frames.empty());
  exchange.send_partial(inbox, primary.topic);
  ASSERT_EQ(inbox.frames.size(), 1U);
  EXPECT_NE(inbox.frames.front().find("partial"), std::string::npos);
}

TEST(Exchange, sends_deltas_before_the_partial_when_told_to) {
  Exchange exchange{make_synthetic_source(options()), Venue::bitmex, EarlyDeltas::send};
  Inbox inbox;
  exchange.subscribe(inbox, primary);
  exchange.publish();
  ASSERT_FALSE(inbox.frames.empty());
  EXPECT_EQ(inbox.frames.front().find("partial"), std::string::npos);
}

TEST(Exchange, a_late_partial_is_the_book_of_that_moment) {
  Exchange exchange{make_synthetic_source(options())};
  for (int i = 0; i < 100; ++i) exchange.publish();
  Inbox inbox;
  exchange.subscribe(inbox, aggregated);
  exchange.send_partial(inbox, aggregated.topic);
  NaiveBook naive;
  naive.read(inbox.frames.at(0));
  EXPECT_EQ(plain(exchange.book(2).levels(Side::bid, 50)), naive.levels(Side::bid, 50));
  EXPECT_NE(inbox.frames[0].find(format_iso(exchange.now())), std::string::npos);
}

TEST(Exchange, says_no_more_to_who_left_or_unsubscribed) {
  Exchange exchange{make_synthetic_source(options())};
  Inbox one, other;
  for (Inbox* inbox : {&one, &other}) {
    exchange.subscribe(*inbox, primary);
    exchange.send_partial(*inbox, primary.topic);
  }
  exchange.unsubscribe(one, primary.topic);
  exchange.leave(other);
  exchange.publish();
  exchange.send_partial(one, primary.topic);
  EXPECT_EQ(one.frames.size(), 1U);
  EXPECT_EQ(other.frames.size(), 1U);
  EXPECT_FALSE(exchange.is_followed());
}

TEST(Exchange, the_true_book_of_any_frame_can_be_asked_for) {
  Exchange exchange{make_synthetic_source(options())};
  while (exchange.frame_number(2) < 500) exchange.publish();
  const auto number = exchange.frame_number(2);
  const TrueBook again = true_book_at(make_synthetic_source(options()), 2, number);
  EXPECT_EQ(again.rows(), exchange.book(2).rows());
  const TrueBook opening = true_book_at(make_synthetic_source(options()), 0, 0);
  EXPECT_EQ(opening.rows(), make_synthetic_source(options())->opening().front().rows);
}

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
