#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/core/signal.hpp"
#include "obkit/core/trade.hpp"

namespace obkit::backtest {

/// What an order that crosses the spread would get.
struct TakerQuote {
  std::optional<Fill> fill;  ///< empty when the visible levels hold less than the amount
  double visible = 0;        ///< volume of those levels, where `fill` is empty
};

/// At one price. Pre: the price is above zero where the contract is inverse. Throws MoneyRangeError
/// as all below that work out money.
[[nodiscard]] Fill fill_at(Price price, Amount amount, ContractTerms terms);

/// Buys (`direction` buy) from the best ask up, or sells from the best bid down, level by level.
/// Pre: as fill_at(), for all prices of the book. O(levels that the amount needs).
[[nodiscard]] TakerQuote take(const OrderBook& book, Signal direction, Amount amount,
                              ContractTerms terms);

/// The levels a side that take() looks at, whichever side it trades with, for up to that amount:
/// all of them where they hold less. Pre: depth() >= 2.
[[nodiscard]] std::size_t levels_to_take(const OrderBook& book, Amount amount);

/// The price at which `amount` at once has this notional, rounded to nine decimals.
[[nodiscard]] Price average_price(Amount amount, Money notional, ContractTerms terms);

/// Throws DataError for a price that is not above zero where the contract is inverse.
void check_prices(const OrderBook& book, Contract contract);

/// What the trades between two books say of resting orders at a price.
struct Traded {
  double at_price = 0;
  bool is_through = false;  ///< something traded at a worse price for those orders: they went first
};

/// The last book of a stream, and what all accounts that trade on it ask of it: worked out once.
class Market {
 public:
  /// `amount` is the size that is asked for most.
  Market(ContractTerms terms, Amount amount) : terms_{terms}, amount_{amount} {}

  enum class Clock { goes_on, begins_again };

  /// Where the clock goes on, a time that goes back counts as the latest before. Throws DataError
  /// for a price that is not above zero where the contract is inverse.
  /// `trades` are the exchange's since the book before.
  void push(const OrderBook& book, Clock clock = Clock::goes_on,
            std::span<const obkit::Trade> trades = {});

  [[nodiscard]] ContractTerms terms() const { return terms_; }

  /// Pre for all below: push() was called.
  [[nodiscard]] const OrderBook& book() const { return book_; }
  /// Of the books that were pushed, from 0.
  [[nodiscard]] std::uint64_t number() const { return pushed_ - 1; }
  /// What the clock shows at the book, since 1970.
  [[nodiscard]] std::chrono::milliseconds time() const { return time_; }
  /// The same in whole minutes.
  [[nodiscard]] std::int64_t minute() const { return minute_; }
  /// How often the mid price was another than in the book before: equal numbers, equal mid price.
  [[nodiscard]] std::uint64_t mid_moves() const { return mid_moves_; }

  /// The best price of the side that an order of this direction rests on.
  [[nodiscard]] Price own_best(Signal direction) const;
  /// The best price of the side that it trades with.
  [[nodiscard]] Price opposite_best(Signal direction) const;
  /// The volume at a price on the side that an order of this direction rests on; empty behind the
  /// worst level, where the book does not tell.
  [[nodiscard]] std::optional<double> own_volume(Signal direction, Price price) const;

  /// What traded since the book before with orders of this direction at a price. Trades that never
  /// met the book do not count.
  [[nodiscard]] Traded traded(Signal direction, Price price) const;
  /// As take() on this book.
  [[nodiscard]] TakerQuote taker(Signal direction, Amount amount) const;

  /// What `amount` (negative: owed) is worth at the mid price: amount × mid for a linear contract,
  /// −amount / mid in coin for an inverse one, since a claim on dollars is bought with coin.
  [[nodiscard]] Money value(Amount amount) const { return value(amount, moves_.back().mid); }

  /// A mid price, and what the amount that is asked for most is worth at it, once somebody asked.
  struct Mid {
    Price doubled;
    mutable std::optional<Money> value = {};
  };
  /// value() at a mid price of before.
  [[nodiscard]] Money value(Amount amount, const Mid& mid) const;
  /// A book with another mid price than the one before; the first is one, too.
  struct Move {
    std::uint64_t book;  ///< its number()
    DateTime time;
    std::chrono::milliseconds clock;
    std::int64_t minute;
    Mid mid;
  };
  /// Whether its last book is such a move.
  [[nodiscard]] bool has_moved() const { return moves_.back().book == number(); }
  /// All but the first `known` moves. Pre: these are none that were forgotten.
  [[nodiscard]] std::span<const Move> moves_behind(std::uint64_t known) const;
  /// The next move forgets all before it.
  [[nodiscard]] bool forgets_moves() const { return moves_.size() == most_moves; }

 private:
  ContractTerms terms_;
  Amount amount_;
  OrderBook book_;
  std::vector<obkit::Trade> trades_;
  std::chrono::milliseconds time_{0};
  int date_ = 0;
  std::chrono::milliseconds day_{0};
  static constexpr std::size_t most_moves = 256;
  std::vector<Move> moves_;  ///< the last of them
  std::uint64_t mid_moves_ = 0;
  std::uint64_t pushed_ = 0;
  std::int64_t minute_ = 0;
  mutable std::array<std::optional<TakerQuote>, 2> taker_;  ///< selling, buying; once asked for
};

}  // namespace obkit::backtest
