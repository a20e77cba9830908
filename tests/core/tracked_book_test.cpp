#include "obkit/core/tracked_book.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace obkit {
namespace {

static_assert(!std::is_copy_constructible_v<TrackedBook>);
static_assert(!std::is_copy_assignable_v<TrackedBook>);

Price price_of(std::int64_t ticks, int decimals = 1) {
  return Price::from_units(ticks * 500'000'000, decimals);
}

/// Puts the levels of one side, prices from `tick` on.
void put_side(TrackedBook::Renewal& renewal, Side side, std::int64_t tick, double volume,
              std::size_t count = 2) {
  auto pass = renewal.pass();
  const std::size_t first = side == Side::bid ? 0 : count;
  for (std::size_t i = 0; i < count; ++i)
    pass.put(first + i, price_of(tick + static_cast<std::int64_t>(i)), volume);
  renewal.end(pass, side);
}

/// Gives the book four levels.
void fill(TrackedBook& book, double volume = 1) {
  TrackedBook::Renewal renewal{book, 4};
  put_side(renewal, Side::bid, 100, volume);
  put_side(renewal, Side::ask, 102, volume);
}

TEST(TrackedBook, its_first_levels_all_count_as_different) {
  TrackedBook book;
  const auto before = book.revision();
  fill(book, 0);
  EXPECT_TRUE(before.is_just_before(book.revision()));
  const auto& [bids, asks] = book.change().parts;
  EXPECT_EQ(bids.first, 0U);
  EXPECT_EQ(bids.last, 2U);
  EXPECT_EQ(asks.first, 2U);
  EXPECT_EQ(asks.last, 4U);
  EXPECT_TRUE(bids.prices && asks.prices);
}

TEST(TrackedBook, the_same_levels_again_are_no_revision) {
  TrackedBook book;
  fill(book);
  const auto before = book.revision();
  fill(book);
  book.stamp({20220304, 1}, {}, true);
  EXPECT_EQ(book.revision(), before);
  EXPECT_TRUE(book.book().gap);
}

TEST(TrackedBook, says_by_value_whether_it_changed_and_by_bits_where) {
  TrackedBook book;
  fill(book, 0);
  {
    TrackedBook::Renewal renewal{book, 4};
    renewal.put_volume(1, -0.0);
    EXPECT_FALSE(renewal.is_changed());
  }
  ASSERT_EQ(book.change().single_volumes().size(), 1U);
  EXPECT_EQ(book.change().single_volumes()[0], 1U);
  EXPECT_EQ(book.change().parts[0].last, 0U);
  {
    TrackedBook::Renewal renewal{book, 4};
    auto pass = renewal.pass();
    pass.put(3, price_of(103, 4), 0);
    renewal.end(pass, Side::ask);
    EXPECT_FALSE(renewal.is_changed());
    renewal.put_volume(0, 9);
    EXPECT_TRUE(renewal.is_changed());
  }
  const BookChange::Part& asks = book.change().parts[1];
  EXPECT_EQ(asks.first, 3U);
  EXPECT_EQ(asks.last, 4U);
  EXPECT_TRUE(asks.prices);
}

TEST(TrackedBook, two_books_never_have_the_same_revision) {
  TrackedBook a, b;
  EXPECT_NE(a.revision(), b.revision());
  fill(a);
  fill(b);
  EXPECT_NE(a.revision(), b.revision());
  const auto before = a.revision();
  fill(b, 2);
  EXPECT_FALSE(before.is_just_before(b.revision()));
  EXPECT_FALSE(TrackedBook::Revision{}.is_just_before(TrackedBook::Revision{}));
}

TEST(TrackedBook, its_identity_moves_along) {
  TrackedBook a;
  fill(a);
  const auto revision = a.revision();
  TrackedBook b{std::move(a)};
  EXPECT_EQ(b.revision(), revision);
  EXPECT_EQ(b.book().depth(), 4U);
  EXPECT_EQ(a.book().depth(), 0U);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_NE(a.revision().book, revision.book);
  a = std::move(b);
  EXPECT_EQ(a.revision(), revision);
  EXPECT_NE(b.revision().book, revision.book);  // NOLINT(bugprone-use-after-move)
}

TEST(TrackedBook, another_depth_is_another_book_as_a_whole) {
  TrackedBook book;
  fill(book);
  {
    TrackedBook::Renewal renewal{book, 2};
    EXPECT_TRUE(renewal.is_changed());
    put_side(renewal, Side::bid, 101, 1, 1);
    put_side(renewal, Side::ask, 102, 1, 1);
  }
  EXPECT_EQ(book.book().depth(), 2U);
  EXPECT_EQ(book.change().parts[0].last, 1U);
  EXPECT_EQ(book.change().parts[1].last, 2U);
}

TEST(TrackedBook, a_view_of_any_book_reads_its_levels) {
  TrackedBook tracked;
  fill(tracked);
  const OrderBook copy = tracked.book();
  const BookView a{tracked}, b{copy};
  EXPECT_EQ(a->prices, b->prices);
  EXPECT_EQ(a.tracked(), &tracked);
  EXPECT_EQ(b.tracked(), nullptr);
}

/// Whether the change names the position, of a difference in price or in volume.
bool is_named(const BookChange& change, std::size_t position, bool price) {
  for (const auto& part : change.parts)
    if (position >= part.first && position < part.last && (part.prices || !price)) return true;
  const auto singles = change.single_volumes();
  return !price && std::find(singles.begin(), singles.end(), position) != singles.end();
}

TEST(TrackedBook, names_every_difference_of_random_renewals) {
  constexpr std::size_t depth = 40, middle = depth / 2;
  std::mt19937 random{5};
  TrackedBook book;
  for (int i = 0; i < 5000; ++i) {
    OrderBook before = book.book();
    before.prices.resize(depth);
    before.volumes.resize(depth);
    {
      TrackedBook::Renewal renewal{book, depth};
      for (auto n = random() % 30; n > 0; --n)
        renewal.put_volume(random() % depth, static_cast<double>(random() % 3));
      for (const Side side : {Side::bid, Side::ask}) {
        auto pass = renewal.pass();
        const std::size_t first = side == Side::bid ? 0 : middle;
        for (auto n = random() % 4; n > 0; --n)
          pass.put(first + random() % middle, price_of(static_cast<std::int64_t>(random() % 3)), 1);
        renewal.end(pass, side);
      }
    }
    for (std::size_t at = 0; at < depth; ++at) {
      const Price was = before.prices[at], is = book.book().prices[at];
      const bool price = was != is || was.decimals() != is.decimals();
      const bool volume = before.volumes[at] != book.book().volumes[at];
      ASSERT_TRUE(!price || is_named(book.change(), at, true)) << i << ", position " << at;
      ASSERT_TRUE(!volume || is_named(book.change(), at, false)) << i << ", position " << at;
    }
  }
}

}  // namespace
}  // namespace obkit
