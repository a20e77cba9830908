#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/book/full_book.hpp"

namespace obkit::book {
namespace {

using Action = LevelChange::Action;

/// A list of levels, searched from end to end: too simple to be wrong.
struct NaiveLevel {
  std::uint64_t id;
  Side side;
  std::int64_t price;
  double size;
};

class NaiveBook {
 public:
  std::vector<NaiveLevel> levels;

  [[nodiscard]] bool top(std::size_t half,
                         std::vector<std::pair<std::int64_t, double>>& out) const {
    std::map<std::int64_t, double> bids, asks;
    for (const auto& level : levels)
      (level.side == Side::bid ? bids : asks)[level.price] += level.size;
    if (bids.size() < half || asks.size() < half) return false;
    out.clear();
    auto bid = bids.rbegin();
    for (std::size_t i = 0; i < half; ++i) out.insert(out.begin(), *bid++);
    auto ask = asks.begin();
    for (std::size_t i = 0; i < half; ++i, ++ask) out.emplace_back(ask->first, ask->second);
    return true;
  }
};

Price price_of(std::int64_t ticks) { return Price::from_units(ticks * 500'000'000, 1); }

/// Draws changes that are legal for `book` and makes them there.
class Market {
 public:
  explicit Market(unsigned seed) : random_{seed} {}

  LevelChange draw() {
    const auto kind = pick(10);
    if (book.levels.empty() || kind < 4) return insert();
    auto& level = book.levels[pick(book.levels.size())];
    const bool tells_price = pick(2) == 0;
    LevelChange change{Action::update, level.side, level.id,
                       tells_price ? std::optional{price_of(level.price)} : std::nullopt,
                       static_cast<double>(pick(1000))};
    if (kind < 7) {
      level.size = *change.size;
      return change;
    }
    change.action = Action::remove;
    change.size.reset();
    level = book.levels.back();
    book.levels.pop_back();
    return change;
  }

  NaiveBook book;

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }
  LevelChange insert() {
    const Side side = pick(2) == 0 ? Side::bid : Side::ask;
    const auto ticks = static_cast<std::int64_t>(pick(12)) + (side == Side::bid ? 100 : 108);
    // Ids without any order, far above 32 bits.
    const std::uint64_t id = (++count_ * 0x9E3779B97F4A7C15U) | 1U;
    book.levels.push_back({id, side, ticks, static_cast<double>(pick(1000))});
    return {Action::insert, side, id, price_of(ticks), book.levels.back().size};
  }

  std::mt19937 random_;
  std::uint64_t count_ = 0;
};

void expect_same(const FullBook& book, const NaiveBook& naive, std::size_t depth) {
  OrderBook top;
  std::vector<std::pair<std::int64_t, double>> expected;
  const bool stands = naive.top(depth / 2, expected);
  ASSERT_EQ(book.top(depth, top), stands);
  ASSERT_EQ(book.levels(), naive.levels.size());
  if (!stands) return;
  for (std::size_t i = 0; i < depth; ++i) {
    ASSERT_EQ(top.prices[i], price_of(expected[i].first));
    ASSERT_EQ(top.volumes[i], expected[i].second);
  }
}

/// Looks again and again, and takes down what it should have been told.
class Watcher {
 public:
  explicit Watcher(std::size_t depth) : depth_{depth} {}

  void expect_right_look(FullBook& book) {
    OrderBook top;
    const bool stands = book.top(depth_, top);
    const OrderBook before = seen_.book();
    const TrackedBook::Revision revision = seen_.revision();
    const Look look = book.look(depth_, seen_);
    if (!stands) {
      ASSERT_EQ(look, Look::thin);
      top = before;
    } else {
      const bool is_same = before.prices == top.prices && before.volumes == top.volumes;
      ASSERT_EQ(look, is_same ? Look::same : Look::changed);
    }
    ASSERT_EQ(seen_.book().prices, top.prices);
    ASSERT_EQ(seen_.book().volumes, top.volumes);
    expect_right_change(before, revision);
  }

 private:
  /// What the look says of where it changed the book, against a comparison of all of it.
  void expect_right_change(const OrderBook& before, const TrackedBook::Revision& revision) const {
    const OrderBook& now = seen_.book();
    const auto& [first, second] = seen_.change().parts;
    const bool is_first = before.prices.empty();
    bool differs = is_first && !now.prices.empty();
    for (std::size_t i = 0; i < before.prices.size(); ++i) {
      const bool prices_differ = before.prices[i] != now.prices[i] ||
                                 before.prices[i].decimals() != now.prices[i].decimals();
      const bool volumes_differ = std::bit_cast<std::uint64_t>(before.volumes[i]) !=
                                  std::bit_cast<std::uint64_t>(now.volumes[i]);
      differs |= prices_differ || volumes_differ;
      const auto& part = i < depth_ / 2 ? first : second;
      const bool is_inside = i >= part.first && i < part.last;
      const auto singles = seen_.change().single_volumes();
      const bool is_told = std::find(singles.begin(), singles.end(), i) != singles.end();
      ASSERT_TRUE(is_inside || is_told || !volumes_differ) << i;
      ASSERT_TRUE((is_inside && part.prices) || !prices_differ) << i;
    }
    ASSERT_EQ(seen_.revision().number, revision.number + (differs ? 1 : 0));
    ASSERT_LE(first.last, depth_ / 2);
    ASSERT_LE(second.last, depth_);
  }

  std::size_t depth_;
  TrackedBook seen_;
};

/// Frames of up to `most_rows` rows each; looked at with one depth after each of them.
void expect_same_all_along(unsigned seed, int frames, int most_rows, std::size_t watched) {
  Market market{seed};
  FullBook book;
  Watcher watcher{watched};
  ASSERT_EQ(book.apply({.kind = BookUpdate::Kind::image, .symbol = "X"}).outcome, Outcome::applied);
  for (int frame = 0; frame < frames; ++frame) {
    BookUpdate update{.kind = BookUpdate::Kind::changes, .symbol = "X"};
    for (int row = 0; row <= frame % most_rows; ++row) update.levels.push_back(market.draw());
    ASSERT_EQ(book.apply(update).outcome, Outcome::applied);
    for (const std::size_t depth : {2U, 6U, 20U}) expect_same(book, market.book, depth);
    if (frame % 3 != 0) watcher.expect_right_look(book);
  }
}

TEST(FullBook, equals_a_naive_model_after_each_of_many_random_frames) {
  for (unsigned seed = 1; seed <= 5; ++seed)
    expect_same_all_along(seed, 2000, 4, seed % 2 == 0 ? 6 : 20);
}

TEST(FullBook, equals_a_naive_model_after_frames_of_many_rows) {
  for (unsigned seed = 1; seed <= 3; ++seed) expect_same_all_along(seed, 300, 200, 8);
}

/// Every price has one level, as in a book of one pool.
TEST(FullBook, tells_whoever_looks_again_what_a_fresh_look_shows) {
  std::mt19937 random{3};
  FullBook book;
  Watcher watcher{20};
  ASSERT_EQ(book.apply({.kind = BookUpdate::Kind::image, .symbol = "X"}).outcome, Outcome::applied);
  for (int frame = 0; frame < 20'000; ++frame) {
    BookUpdate update{.kind = BookUpdate::Kind::changes, .symbol = "X"};
    for (auto rows = random() % 3 + 1; rows > 0; --rows) {
      const Side side = random() % 2 == 0 ? Side::bid : Side::ask;
      const auto rank = static_cast<std::int64_t>(std::min(random() % 40, random() % 40));
      const Price tick = price_of(side == Side::bid ? 100 - rank : 101 + rank);
      const Price price = Price::from_units(tick.units(), random() % 8 == 0 ? 3 : 1);
      // Now and then a level goes; the same few sizes come again, and prices of other decimals.
      const double size = random() % 6 == 0 ? 0 : static_cast<double>(random() % 3 + 1);
      update.levels.push_back({Action::set, side, level_id(side, price), price, size});
    }
    ASSERT_EQ(book.apply(update).outcome, Outcome::applied);
    watcher.expect_right_look(book);
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << "frame " << frame;
  }
}

/// Two books take turns at one, and one book shows itself to two.
TEST(FullBook, renews_all_of_a_book_that_it_did_not_leave_so) {
  std::mt19937 random{7};
  std::array<FullBook, 2> books;
  std::array<TrackedBook, 2> shown;
  for (FullBook& book : books)
    ASSERT_EQ(book.apply({.kind = BookUpdate::Kind::image, .symbol = "X"}).outcome,
              Outcome::applied);
  for (int i = 0; i < 5'000; ++i) {
    FullBook& book = books[random() % 2];
    const Side side = random() % 2 == 0 ? Side::bid : Side::ask;
    const auto rank = static_cast<std::int64_t>(random() % 12);
    const Price price = price_of(side == Side::bid ? 100 - rank : 101 + rank);
    const double size = random() % 4 == 0 ? 0 : static_cast<double>(random() % 5);
    BookUpdate update{.kind = BookUpdate::Kind::changes, .symbol = "X"};
    update.levels.push_back({LevelChange::Action::set, side, level_id(side, price), price, size});
    ASSERT_EQ(book.apply(update).outcome, Outcome::applied);
    TrackedBook& tracked = shown[random() % 2];
    OrderBook top;
    if (!book.top(6, top)) continue;
    ASSERT_NE(book.look(6, tracked), Look::thin);
    ASSERT_EQ(tracked.book().prices, top.prices) << i;
    ASSERT_EQ(tracked.book().volumes, top.volumes) << i;
    if (random() % 50 == 0) std::swap(shown[0], shown[1]);
  }
}

}  // namespace
}  // namespace obkit::book
