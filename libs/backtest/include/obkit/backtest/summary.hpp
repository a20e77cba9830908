#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/performance.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/time.hpp"

namespace obkit::backtest {

/// A fall of the equity from a peak to the lowest point behind it.
struct Drawdown {
  Money depth;  ///< above zero
  DateTime peak, trough;
};

/// Finds the deepest drawdown of a series of equities.
class DrawdownMeter {
 public:
  /// The first peak is zero, what one began with, at the first time.
  void add(DateTime time, std::chrono::milliseconds clock, Money equity) {
    if (!peak_) {
      peak_ = time;
      peak_clock_ = clock;
    }
    if (equity > peak_equity_ || (equity == peak_equity_ && is_below_)) {
      longest_ = longest(clock);
      is_below_ = false;
      peak_clock_ = clock;
    }
    if (equity > peak_equity_) {
      peak_ = time;
      peak_equity_ = equity;
    } else if (const Money depth = peak_equity_ - equity; depth > Money{}) {
      is_below_ = true;
      if (!deepest_ || depth > deepest_->depth)
        deepest_ = Drawdown{.depth = depth, .peak = *peak_, .trough = time};
    }
  }

  /// The earliest of the deepest; empty where the equity never fell.
  [[nodiscard]] const std::optional<Drawdown>& deepest() const { return deepest_; }
  /// The longest time from the book that reached a peak until the equity was as high again behind
  /// a fall, or until `now`; 0 where it never fell.
  [[nodiscard]] std::chrono::milliseconds longest(std::chrono::milliseconds now) const {
    return is_below_ ? std::max(longest_, now - peak_clock_) : longest_;
  }

 private:
  std::optional<DateTime> peak_;  ///< the earliest time of the highest equity so far
  Money peak_equity_;
  std::optional<Drawdown> deepest_;
  std::chrono::milliseconds peak_clock_{0}, longest_{0};
  bool is_below_ = false;  ///< the last peak
};

/// Orders that rested.
struct RestingOrders {
  std::uint64_t placed = 0;             ///< one that moves to a better price is the same
  std::uint64_t filled = 0;             ///< wholly
  double asked = 0, got = 0;            ///< sizes of all together
  std::chrono::milliseconds waited{0};  ///< by those that were filled, from arrival to last fill
};

/// How the mid price moved against fills in the time after them: above zero, it did.
struct AdverseMove {
  std::uint64_t fills = 0;
  double sum_bps = 0;

  void add(double bps) {
    ++fills;
    sum_bps += bps;
  }
  [[nodiscard]] std::optional<double> mean_bps() const {
    return fills > 0 ? std::optional{sum_bps / static_cast<double>(fills)} : std::nullopt;
  }
};

struct AdverseHorizon {
  std::string_view name;
  std::chrono::milliseconds span;
};

inline constexpr std::array adverse_horizons{
    AdverseHorizon{"100 ms", std::chrono::milliseconds{100}},
    AdverseHorizon{"1 s", std::chrono::seconds{1}},
    AdverseHorizon{"10 s", std::chrono::seconds{10}}};

using AdverseMoves = std::array<AdverseMove, adverse_horizons.size()>;

/// What a backtest comes to. What cannot be said, such as the mean of no trade, is empty.
struct Summary {
  std::uint64_t books = 0;
  std::uint64_t skipped_lines = 0;    ///< as whoever read the books says; zero from Backtest
  std::uint64_t in_sample_books = 0;  ///< as above
  std::uint64_t trades = 0;
  std::uint64_t wins = 0;                     ///< trades with net > 0
  std::map<Reason, std::uint64_t> closed_by;  ///< trades; none that closed none
  Money gross, fees, funding, slippage;
  Money gains, losses;  ///< sums of the net of trades above zero, and of the others, without sign
  Money turnover;       ///< notional of all that was bought and sold
  std::chrono::milliseconds held{0};               ///< the holding times of all trades together
  std::chrono::milliseconds observed{0};           ///< from book to book, without gaps that close
  std::optional<Drawdown> drawdown;                ///< of net equity at mid prices, book by book
  std::chrono::milliseconds longest_drawdown{0};   ///< from a peak until it was reached again
  Money largest_gain, largest_loss;                ///< net of one trade; the loss without sign
  std::array<ReturnSums, periods.size()> returns;  ///< of net equity
  std::array<std::uint64_t, periods.size()> periods_with_books{};
  std::optional<RestingOrders> resting;  ///< empty where orders do not rest
  /// Of all fills whose later mid price is there, without a gap that closes between.
  AdverseMoves adverse_moves;
  std::optional<Money> buy_and_hold;  ///< net of buying at the first book, selling at the last
  /// Net of the same run if all cancels had stood behind resting orders, and all before them, as
  /// whoever ran these says; empty where orders do not rest.
  std::optional<Money> net_cancels_behind, net_cancels_ahead;
  std::vector<double> nets;  ///< of each trade, in the order they were closed

  void add(const Trade& trade);

  [[nodiscard]] Money net() const { return gross - fees - funding - slippage; }
  [[nodiscard]] std::optional<double> win_rate() const;
  [[nodiscard]] std::optional<double> mean_net() const;
  /// Of mean_net(), as if trades did not depend on each other; from two trades on.
  [[nodiscard]] std::optional<double> standard_error() const;
  /// Gains per loss; empty without a loss.
  [[nodiscard]] std::optional<double> profit_factor() const;
  /// Share of the observed time in the market.
  [[nodiscard]] std::optional<double> exposure() const;
  [[nodiscard]] std::optional<double> mean_holding_seconds() const;
  [[nodiscard]] std::optional<double> mean_gain() const;  ///< of trades with net > 0
  [[nodiscard]] std::optional<double> mean_loss() const;  ///< of the others, without sign
  /// Mean net of a trade, in mean losses (Tharp, "Trade Your Way to Financial Freedom", 1998).
  [[nodiscard]] std::optional<double> expectancy() const;
  [[nodiscard]] std::optional<Ratios> ratios() const;
};

struct Interval {
  double low = 0, high = 0;
};

/// A 95 % interval of the mean of a series whose neighbours may depend on each other: the moving
/// block bootstrap, percentiles of 1000 resampled means. Blocks have n^(1/3) values, rounded up,
/// and begin anywhere. The same values and seed give the same interval.
///
/// Empty for fewer than 20 values, of which it would be far too narrow. O(1000 · n^(2/3)).
/// Source: Künsch, "The Jackknife and the Bootstrap for General Stationary Observations" (1989);
/// the block length after Hall, Horowitz and Jing, "On blocking rules for the bootstrap" (1995).
[[nodiscard]] std::optional<Interval> bootstrap_mean(std::span<const double> values,
                                                     std::uint64_t seed = 1);

/// A word of a few.
struct Word {
  std::string_view text;
};
/// A part of a whole, from 0 to 1.
struct Share {
  double of_one = 0;
};

/// Of a statistic. The first alternative: it cannot be said.
using StatisticValue =
    std::variant<std::monostate, std::uint64_t, double, Share, Money, DateTime, Word>;

/// A summary from which statistics are read. What takes long is worked out once.
class Figures {
 public:
  /// `summary` must outlive it. `capital`: what returns are of, above 0.
  Figures(const Summary& summary, Contract contract, std::optional<double> capital = {})
      : summary_{summary}, contract_{contract}, capital_{capital}, ratios_{summary.ratios()} {}

  [[nodiscard]] const Summary& summary() const { return summary_; }
  [[nodiscard]] const std::optional<double>& capital() const { return capital_; }
  [[nodiscard]] const std::optional<Ratios>& ratios() const { return ratios_; }
  /// "quote" or "coin".
  [[nodiscard]] std::string_view currency() const;
  /// bootstrap_mean() of the net of each trade. Not for several threads.
  [[nodiscard]] const std::optional<Interval>& interval() const;

 private:
  const Summary& summary_;
  Contract contract_;
  std::optional<double> capital_;
  std::optional<Ratios> ratios_;
  mutable std::optional<std::optional<Interval>> interval_;
};

/// One thing that a backtest says of itself: a row of the table from which JSON, CSV, log, rows of
/// a sweep and report are made.
struct Statistic {
  std::string_view key = {};     ///< of JSON and CSV, with its unit; `@` stands for the currency
  std::string_view label = {};   ///< of a line for people
  std::string_view column = {};  ///< of a table for people, a line for each row; `@` as above
  StatisticValue (*value)(const Figures& figures);
  std::string (*note)(const Figures& figures) = nullptr;  ///< behind the value, for people
  bool is_left_out = false;  ///< rather than empty, by runs that cannot say it
};

/// All of them, in the order in which they are shown. Where a name is empty, it is left out there.
[[nodiscard]] std::span<const Statistic> statistics();

/// Whether a run has something to say of it, or says that it has not.
[[nodiscard]] bool is_told(const Statistic& statistic, const Figures& figures);
/// A key or a column: `net_@` is "net_quote" or "net_coin".
[[nodiscard]] std::string name_of(std::string_view key, const Figures& figures);
/// As JSON has it: money with its exact decimals, a whole real with `.0`, null for what cannot be
/// said.
[[nodiscard]] std::string json_text(const StatisticValue& value);
/// For a line: money with its exact decimals, other numbers with six digits.
[[nodiscard]] std::string line_text(const StatisticValue& value);
/// For a cell: six digits, a share in percent with one decimal; "-" for what cannot be said.
[[nodiscard]] std::string cell_text(const StatisticValue& value);
/// Its note; empty where it has none.
[[nodiscard]] std::string note_of(const Statistic& statistic, const Figures& figures);

}  // namespace obkit::backtest
