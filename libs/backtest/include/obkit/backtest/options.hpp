#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "obkit/backtest/latency.hpp"
#include "obkit/backtest/money.hpp"

namespace obkit::backtest {

/// How an order becomes a fill: the name of one of fill_models() (fill_model.hpp), which
/// docs/backtest.md works out by hand.
struct FillRule {
  std::string_view name;

  bool operator==(const FillRule&) const = default;

  /// Crosses the spread: buys at the best ask, sells at the best bid, and walks the visible levels
  /// where the size is larger than a level. Pays the taker fee.
  static const FillRule taker;
  /// At once at the own side's best price, whatever the size: buys at the best bid, sells at the
  /// best ask. The best that a resting order can get, and more than it does get. Pays the maker
  /// fee.
  static const FillRule touch;
  /// Rests at the own side's best price behind the visible volume, and fills as books show that
  /// volume gone (QueueOrder). Pays the maker fee; what a gap, midnight or the end closes crosses
  /// the spread and pays the taker fee.
  static const FillRule queue;
};

inline constexpr FillRule FillRule::taker{"taker"};
inline constexpr FillRule FillRule::touch{"touch"};
inline constexpr FillRule FillRule::queue{"queue"};

enum class Contract {
  linear,   ///< profit = size × (close − open), in the quote currency
  inverse,  ///< size in quote currency (USD), profit = size × (1/open − 1/close), in coin
};

/// What a size is worth: the kind of contract, and how much of its unit one is.
struct ContractTerms {
  /// One unit of volume is `unit_size` coins (linear) or dollars (inverse). Not explicit: contracts
  /// of 1 are the usual ones. Pre: unit_size in (0, 10^9].
  ContractTerms(Contract of_kind, double unit_size = 1)  // NOLINT(google-explicit-constructor)
      : kind{of_kind}, size{to_billionths(unit_size)} {}

  Contract kind;
  std::int64_t size;  ///< billionths
};

/// What becomes of a position where continuity was lost.
enum class OnGap {
  close,  ///< closed at the last book before the gap; what was under way is lost
  hold,   ///< kept; a resting order begins again at the back of its queue
};

/// What WAIT asks for where a position is held or an order rests.
enum class OnWait {
  hold,   ///< nothing: one stays on the side of the last signal
  close,  ///< to be flat
};

/// A value of an option that has a few, and its name wherever people meet it.
template <class Value>
struct Choice {
  std::string_view name;
  Value value;
};

inline constexpr std::array contracts{Choice<Contract>{"linear", Contract::linear},
                                      Choice<Contract>{"inverse", Contract::inverse}};
inline constexpr std::array on_gaps{Choice<OnGap>{"close", OnGap::close},
                                    Choice<OnGap>{"hold", OnGap::hold}};
inline constexpr std::array on_waits{Choice<OnWait>{"hold", OnWait::hold},
                                     Choice<OnWait>{"close", OnWait::close}};

/// "linear" or "inverse"; "close" or "hold".
[[nodiscard]] std::string_view to_string(Contract contract);
[[nodiscard]] std::string_view to_string(OnGap on_gap);
[[nodiscard]] std::string_view to_string(OnWait on_wait);

/// Whether a resting order moves when a better price than its own has appeared on its side.
enum class Requote { follow, stay };

/// Whether the exchange's trades come beside its books.
enum class Tape { unknown, known };

/// Whether a position is kept from one UTC day to the next.
enum class Midnight { hold, flat };

/// What ends a position before a signal does. The first book that shows it sends an order that
/// closes, filled by the fill rule in force. Then one is flat until a signal that is new: the
/// opposite one, or the same behind another.
struct Exits {
  OnWait on_wait = OnWait::hold;
  std::optional<std::chrono::milliseconds> max_hold = {};  ///< held so long; above 0
  /// The mid price has moved so many basis points against the position, or with it, since the book
  /// of its first fill; in (0, 10^6], to 10^-9.
  std::optional<double> stop = {}, take = {};

  bool operator==(const Exits&) const = default;
};

struct Options {
  FillRule fill = FillRule::taker;
  Contract contract = Contract::linear;
  /// What a volume of 1 is worth: coins (linear) or dollars (inverse); in (0, 10^9], to 10^-9.
  double contract_size = 1;
  double size = 1;  ///< in the unit of the volumes of the books; in (0, 10^9], to 10^-9; so is
                    ///< size × contract_size
  double maker_fee_bps = 0;  ///< basis points of the notional, per side; negative is a rebate
  double taker_fee_bps = 0;  ///< in [-10000, 10000], to 10^-9
  /// Of the notional of what crosses the spread, for what the order itself does to the price; in
  /// [0, 10000], to 10^-9.
  double slippage_bps = 0;
  std::chrono::milliseconds latency{0};  ///< from a book to the order that it caused; up to a day
  /// Instead of `latency`; may be null.
  std::shared_ptr<const MeasuredLatencies> measured_latencies = {};
  OnGap on_gap = OnGap::close;
  Midnight midnight = Midnight::hold;
  Exits exits = {};
  Requote requote = Requote::follow;
  Tape tape = Tape::unknown;
  /// Of what is cancelled at a resting order's price, that stood before it; in [0, 1].
  double queue_share = 0.5;
  /// Of what disappears at its price, that was traded, where no tape tells: where volume is left
  /// there, and where none is; in [0, 1]. Measured at Binance's futures: 0.03 to 0.15, and 0.37 to
  /// 0.82.
  double traded_shrinking = 0.1, traded_vanishing = 0.5;

  [[nodiscard]] ContractTerms terms() const { return {contract, contract_size}; }
};

/// Throws FieldError for what makes no sense.
void check(const Options& options);

/// The fee of one side: `bps` basis points of |notional|, rounded to the unit of money, half away
/// from zero. Pre: |bps| <= 10000.
[[nodiscard]] Money fee(Money notional, double bps);

}  // namespace obkit::backtest
