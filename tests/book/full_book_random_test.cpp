#include <map>
#include <random>
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

TEST(FullBook, equals_a_naive_model_after_each_of_many_random_frames) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Market market{seed};
    FullBook book;
    ASSERT_EQ(book.apply({.kind = BookUpdate::Kind::image, .symbol = "X"}).outcome,
              Outcome::applied);
    for (int frame = 0; frame < 2000; ++frame) {
      BookUpdate update{.kind = BookUpdate::Kind::changes, .symbol = "X"};
      for (int row = 0; row <= frame % 4; ++row) update.levels.push_back(market.draw());
      ASSERT_EQ(book.apply(update).outcome, Outcome::applied);
      for (const std::size_t depth : {2U, 6U, 20U}) expect_same(book, market.book, depth);
    }
  }
}

}  // namespace
}  // namespace obkit::book
