#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "obkit/backtest/options.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/order_book.hpp"

namespace obkit::backtest {

class Market;
class RestingOrder;
struct TakerQuote;

/// An option of one fill model alone. Its value is a field of Options.
struct FillOption {
  enum class Kind { number, flag };

  std::string_view field;  ///< "queue_share": its name in Options
  std::string_view help;   ///< for the command line
  Kind kind = Kind::number;
  double (*get)(const Options& options);  ///< a flag is 0 or 1
  void (*set)(Options& options, double value);
  double low = 0, high = 1;  ///< the range of a number, ends included
};

enum class FeeKind { maker, taker };

/// A way in which orders become fills. Each stands in a file of its own in src/fills.
struct FillModel {
  std::string_view name;
  std::string_view help;        ///< what it does, in a line of at most 60 characters
  std::string_view leaves_out;  ///< what it cannot know, in such a line
  std::span<const FillOption> options = {};
  /// One of `options` that nobody can know. Runs with it at either end of its range say how much
  /// hangs on it. May be null.
  const FillOption* unknown = nullptr;

  /// What an order of `amount` gets at once. Where orders rest, it is what a gap, midnight or the
  /// end closes.
  TakerQuote (*quote)(const Market& market, Signal direction, Amount amount);
  FeeKind quote_fee;  ///< that such fills pay
  /// Levels a side that orders of up to this amount ask a book for; null for a model that may ask
  /// for any. Pre: amount > 0.
  std::size_t (*levels)(const OrderBook& book, Amount amount) = nullptr;

  /// An order that rests at the market's last book and pays the maker fee. Null for a model that
  /// fills at once. Pre: amount > 0.
  std::unique_ptr<RestingOrder> (*rest)(const Options& options, const Market& market,
                                        Signal direction, Amount amount) = nullptr;

  /// What the fills pay that a signal causes.
  [[nodiscard]] FeeKind fee() const { return rest != nullptr ? FeeKind::maker : quote_fee; }
};

/// How many levels a side of a book a Backtest with these options asks for, at least 1: with the
/// deeper ones left out it comes to the same. Empty where it may ask for any. Throws FieldError for
/// options that make no sense.
[[nodiscard]] std::function<std::size_t(const OrderBook&)> levels_asked(const Options& options);

/// All of them, the default first.
[[nodiscard]] std::span<const FillModel> fill_models();
/// Null for a name that is none.
[[nodiscard]] const FillModel* find_fill_model(std::string_view name);

}  // namespace obkit::backtest
