#include "obkit/store/book_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "obkit/core/tracked_book.hpp"

namespace obkit::store {
namespace {

/// As docs/formats.md has it, by the standard library: too simple to be wrong.
std::string plain_number(double value) {
  std::string text(32, '\0');
  const bool whole = value < 1e15 && value == static_cast<double>(static_cast<std::int64_t>(value));
  char* const end = text.data() + text.size();
  const auto result = whole ? std::to_chars(text.data(), end, static_cast<std::int64_t>(value))
                            : std::to_chars(text.data(), end, value);
  text.resize(static_cast<std::size_t>(result.ptr - text.data()));
  return text;
}

std::string plain_price(Price price) {
  std::string digits = std::to_string(price.units());
  digits.insert(0, 10 - std::min<std::size_t>(10, digits.size()), '0');
  digits.insert(digits.size() - 9, ".");
  digits.resize(digits.size() - 9 + static_cast<std::size_t>(price.decimals()));
  return digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits;
}

std::string plain_line(const BookLineHead& head, const OrderBook& book) {
  std::string prices, volumes;
  for (const Price price : book.prices) prices += (prices.empty() ? "" : ",") + plain_price(price);
  for (const double volume : book.volumes)
    volumes += (volumes.empty() ? "" : ",") + plain_number(volume);
  std::string line = "{\"date\":" + std::to_string(head.time.date) +
                     ",\"time\":" + std::to_string(head.time.time) + ",\"prices\":[" + prices +
                     "],\"volumes\":[" + volumes + "]";
  if (book.recv) line += ",\"recv\":" + std::to_string(book.recv->time_since_epoch().count());
  if (head.gap) line += ",\"gap\":true";
  if (!head.symbol.empty()) line += R"(,"symbol":")" + std::string{head.symbol} + "\"";
  return line + "}\n";
}

bool has_same_prices(const OrderBook& a, const OrderBook& b) {
  return std::equal(a.prices.begin(), a.prices.end(), b.prices.begin(),
                    [](Price x, Price y) { return x == y && x.decimals() == y.decimals(); });
}

/// Makes `book` what `now` is, volumes one by one where `singly` and only they differ.
void renew(TrackedBook& book, const OrderBook& now, bool singly) {
  const bool same_depth = book.book().depth() == now.depth();
  TrackedBook::Renewal renewal{book, now.depth()};
  const std::size_t middle = now.depth() / 2;
  if (singly && same_depth && has_same_prices(now, book.book())) {
    for (std::size_t i = 0; i < now.depth(); ++i) renewal.put_volume(i, now.volumes[i]);
  } else {
    for (const Side side : {Side::bid, Side::ask}) {
      const std::size_t first = side == Side::bid ? 0 : middle;
      auto pass = renewal.pass();
      for (std::size_t i = first; i < first + middle; ++i)
        pass.put(i, now.prices[i], now.volumes[i]);
      renewal.end(pass, side);
    }
  }
  book.stamp(now.time, now.recv, now.gap);
}

/// Books that change as books do: sizes, levels that come and go, images, other decimals, depths.
class Market {
 public:
  explicit Market(unsigned seed) : random_{seed} { redraw(); }

  const OrderBook& next() {
    const auto what = pick(20);
    if (what == 0) {
      redraw();
    } else if (what < 14) {
      for (auto n = pick(4); n > 0; --n) book_.volumes[pick(book_.depth())] = size();
    } else {
      for (auto n = pick(3) + 1; n > 0; --n) move_level();
    }
    book_.recv =
        pick(9) == 0 ? std::optional<Timestamp>{} : Timestamp{std::chrono::seconds{pick(9)}};
    return book_;
  }
  std::size_t pick(std::size_t n) { return random_() % n; }

 private:
  Price price(std::int64_t ticks) {
    // The same price may come with more decimals than before.
    const int decimals = static_cast<int>(pick(30) == 0 ? 3 + pick(7) : 1);
    return Price::from_units(ticks * 500'000'000, decimals);
  }
  double size() {
    const auto number = static_cast<double>(pick(3) == 0 ? pick(2'000'000) : pick(10));
    return fractional_ ? number / (pick(2) == 0 ? 1000.0 : 7.0) : number * 100;
  }
  void redraw() {
    const std::size_t half = pick(3) == 0 ? 1 + pick(5) : 20;
    fractional_ = pick(2) == 0;
    book_.prices.clear();
    book_.volumes.clear();
    for (std::size_t i = 0; i < 2 * half; ++i) {
      book_.prices.push_back(price(1000 + 2 * static_cast<std::int64_t>(i)));
      book_.volumes.push_back(size());
    }
  }
  /// One level goes, the others close up, and another one comes at an end, or in a hole.
  void move_level() {
    const std::size_t from = pick(book_.depth()), to = pick(book_.depth());
    book_.prices.erase(book_.prices.begin() + static_cast<std::ptrdiff_t>(from));
    book_.volumes.erase(book_.volumes.begin() + static_cast<std::ptrdiff_t>(from));
    const auto at = static_cast<std::ptrdiff_t>(to);
    const auto ticks =
        to == 0 ? 990 : book_.prices[to - 1].units() / 500'000'000 + static_cast<int>(pick(3));
    book_.prices.insert(book_.prices.begin() + at, price(ticks));
    book_.volumes.insert(book_.volumes.begin() + at, size());
  }

  std::mt19937 random_;
  OrderBook book_;
  bool fractional_ = false;
};

TEST(BookLineWriter, writes_the_bytes_of_a_line_that_is_formatted_anew) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Market market{seed};
    BookLineWriter writer;
    for (int i = 0; i < 3000; ++i) {
      const OrderBook& book = market.next();
      const BookLineHead head{.time = {20220304, static_cast<int>(market.pick(235959999))},
                              .gap = market.pick(5) == 0,
                              .symbol = market.pick(5) == 0 ? "XBTUSD" : ""};
      std::string again = "before", anew, plain = plain_line(head, book);
      writer.append(again, head, book);
      append_book_line(anew, head, book);
      ASSERT_EQ(anew, plain) << "seed " << seed << ", book " << i;
      ASSERT_EQ(again, "before" + plain) << "seed " << seed << ", book " << i;
    }
  }
}

/// The line that `writer` makes of a book, and the one that it should make.
std::pair<std::string, std::string> lines_of(BookLineWriter& writer, BookView book) {
  const BookLineHead head{.time = {20220304, 1}};
  std::string out;
  writer.append(out, head, book);
  return {out, plain_line(head, *book)};
}

TEST(BookLineWriter, writes_the_same_bytes_where_it_is_told_what_changed) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Market market{seed};
    BookLineWriter writer;
    TrackedBook book;
    for (int i = 0; i < 3000; ++i) {
      renew(book, market.next(), market.pick(3) > 0);
      // A line that was lost, one that is written twice, a book that nothing is known of.
      if (market.pick(10) == 0) continue;
      const auto times = market.pick(10) == 0 ? 2 : 1;
      const BookView shown = market.pick(10) == 0 ? BookView{book.book()} : BookView{book};
      for (auto n = times; n > 0; --n) {
        const auto [line, right] = lines_of(writer, shown);
        ASSERT_EQ(line, right) << "seed " << seed << ", book " << i;
      }
    }
  }
}

TEST(BookLineWriter, is_not_misled_by_books_that_take_turns) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Market market{seed};
    BookLineWriter writer;
    std::array<TrackedBook, 2> books;
    for (int i = 0; i < 3000; ++i) {
      TrackedBook& book = books[market.pick(2)];
      renew(book, market.next(), market.pick(2) > 0);
      const auto [line, right] = lines_of(writer, book);
      ASSERT_EQ(line, right) << "seed " << seed << ", book " << i;
    }
  }
}

TEST(BookLineWriter, is_not_misled_by_a_copy_a_move_or_a_new_book_in_the_same_place) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Market market{seed};
    BookLineWriter writer;
    TrackedBook book;
    for (int i = 0; i < 3000; ++i) {
      renew(book, market.next(), market.pick(2) > 0);
      const OrderBook copy = book.book();
      if (market.pick(4) == 0) renew(book, market.next(), true);
      if (market.pick(8) == 0) {
        TrackedBook moved{std::move(book)};
        const auto [line, right] = lines_of(writer, moved);
        ASSERT_EQ(line, right) << "seed " << seed << ", book " << i;
        if (market.pick(2) == 0) book = std::move(moved);  // else an empty one, of another identity
      }
      if (market.pick(8) == 0) {
        book = TrackedBook{};
        renew(book, market.next(), true);
      }
      for (const BookView shown : {BookView{book}, BookView{copy}}) {
        const auto [line, right] = lines_of(writer, shown);
        ASSERT_EQ(line, right) << "seed " << seed << ", book " << i;
      }
    }
  }
}

TEST(BookLineWriter, tells_prices_of_other_decimals_and_a_negative_zero_apart) {
  OrderBook book;
  book.prices = {Price::from_units(1'000'000'000, 0), Price::from_units(2'000'000'000, 0)};
  book.volumes = {0.0, 5};
  BookLineWriter writer;
  std::string out;
  writer.append(out, {.time = {20220304, 1}}, book);
  book.prices[1] = Price::from_units(2'000'000'000, 2);
  book.volumes[0] = -0.0;
  writer.append(out, {.time = {20220304, 2}}, book);
  EXPECT_EQ(out,
            "{\"date\":20220304,\"time\":1,\"prices\":[1,2],\"volumes\":[0,5]}\n"
            "{\"date\":20220304,\"time\":2,\"prices\":[1,2.00],\"volumes\":[-0,5]}\n");
}

TEST(BookLineWriter, escapes_the_symbol_whatever_it_is) {
  OrderBook book;
  book.prices = {Price::from_units(1'000'000'000, 0), Price::from_units(2'000'000'000, 0)};
  book.volumes = {3, 5};
  const auto line = [&](std::string_view symbol) {
    std::string out;
    append_book_line(out, {.time = {20220304, 1}, .symbol = symbol}, book);
    return out.substr(out.find("],\"symbol\":"));
  };
  EXPECT_EQ(line("XBTUSD"), "],\"symbol\":\"XBTUSD\"}\n");
  EXPECT_EQ(line("a\"b\\c\n"), "],\"symbol\":\"a\\\"b\\\\c\\u000a\"}\n");
  EXPECT_EQ(line("\xC3\xA4"), "],\"symbol\":\"\xC3\xA4\"}\n");
  EXPECT_EQ(line("\xE4"), "],\"symbol\":\"\\ufffd\"}\n");
}

}  // namespace
}  // namespace obkit::store
