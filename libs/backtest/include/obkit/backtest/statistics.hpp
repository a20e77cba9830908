#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "obkit/backtest/options.hpp"
#include "obkit/backtest/summary.hpp"

namespace obkit::backtest {

/// A part of a whole, from 0 to 1.
struct Share {
  double of_one = 0;
};

/// Of a statistic. The first alternative: it cannot be said.
using StatisticValue = std::variant<std::monostate, std::uint64_t, double, Share, Money, DateTime>;

/// A summary from which statistics are read. What takes long is worked out once.
class Figures {
 public:
  /// `summary` must outlive it.
  Figures(const Summary& summary, Contract contract) : summary_{summary}, contract_{contract} {}

  [[nodiscard]] const Summary& summary() const { return summary_; }
  /// "quote" or "coin".
  [[nodiscard]] std::string_view currency() const;
  /// bootstrap_mean() of the net of each trade. Not for several threads.
  [[nodiscard]] const std::optional<Interval>& interval() const;

 private:
  const Summary& summary_;
  Contract contract_;
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
};

/// All of them, in the order in which they are shown. Where a name is empty, it is left out there.
[[nodiscard]] std::span<const Statistic> statistics();

/// A key or a column: `net_@` is "net_quote" or "net_coin".
[[nodiscard]] std::string name_of(std::string_view key, const Figures& figures);
/// As JSON has it: money with its exact decimals, null for what cannot be said.
[[nodiscard]] std::string json_text(const StatisticValue& value);
/// For a line: money with its exact decimals, other numbers with six digits.
[[nodiscard]] std::string line_text(const StatisticValue& value);
/// For a cell: six digits, a share in percent with one decimal; "-" for what cannot be said.
[[nodiscard]] std::string cell_text(const StatisticValue& value);
/// Its note; empty where it has none.
[[nodiscard]] std::string note_of(const Statistic& statistic, const Figures& figures);

}  // namespace obkit::backtest
