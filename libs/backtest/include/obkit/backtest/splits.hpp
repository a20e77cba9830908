#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "obkit/backtest/money.hpp"
#include "obkit/backtest/options.hpp"
#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

/// The trades of one kind, added up.
struct Part {
  std::uint64_t trades = 0, wins = 0;
  Money gross, fees, funding, slippage;

  void add(const Trade& trade);
  [[nodiscard]] Money net() const { return gross - fees - funding - slippage; }
};

/// A way to tell trades apart.
struct Split {
  std::string_view key;    ///< of JSON: "by_side"
  std::string_view label;  ///< for people: "by side"
  std::string (*part_of)(const Trade& trade);
};

/// By side, by hour and by day of the first fill (UTC), by reason of the end.
extern const std::array<Split, 4> splits;

/// Trades, split in each of these ways.
class SplitTrades {
 public:
  void add(const Trade& trade);
  /// In the order of `splits`; parts by name.
  [[nodiscard]] const std::array<std::map<std::string, Part>, 4>& parts() const { return parts_; }

 private:
  std::array<std::map<std::string, Part>, 4> parts_;
};

/// `{"BUY":{"trades":2,"wins":1,"gross_quote":…,…},…}`, amounts with their exact decimals.
[[nodiscard]] std::string json_of(const std::map<std::string, Part>& parts, Contract contract);
/// "BUY 2 trades, net 3.5; SELL …".
[[nodiscard]] std::string line_of(const std::map<std::string, Part>& parts);

}  // namespace obkit::backtest
