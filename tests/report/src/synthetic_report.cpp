#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <random>

#include "synthetic/report.hpp"

namespace obkit::backtest {
namespace {

/// Holds one unit long or short in turn, filled at mid, each fill paying a fee.
class Trader {
 public:
  Trader(Report& report, double fee_bps) : report_{report}, fee_rate_{fee_bps / 1e4} {}

  void turn(DateTime time, Price mid, double position, Reason reason) {
    if (position_ != 0) close(time, mid, reason);
    if (position != 0) fees_ += mid.value() * fee_rate_;
    position_ = position;
    open_time_ = time;
    open_price_ = mid;
  }

  [[nodiscard]] double position() const { return position_; }
  [[nodiscard]] double gross(Price mid) const {
    return closed_ + position_ * (mid.value() - open_price_.value());
  }
  [[nodiscard]] double net(Price mid) const { return gross(mid) - fees_; }

 private:
  static std::chrono::milliseconds held(DateTime open, DateTime close) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to_timestamp(close).value() -
                                                                 to_timestamp(open).value());
  }
  static Money money(double value) {
    return Money::from_units(Money::Units{std::llround(value * 1e9)} * 1'000'000'000);
  }

  void close(DateTime time, Price mid, Reason reason) {
    const double gross = position_ * (mid.value() - open_price_.value());
    const double fee = (mid.value() + open_price_.value()) * fee_rate_;
    report_.add(Trade{.direction = position_ > 0 ? Signal::buy : Signal::sell,
                      .open_time = open_time_,
                      .open_price = open_price_,
                      .close_time = time,
                      .held = held(open_time_, time),
                      .close_price = mid,
                      .size = 1,
                      .gross = money(gross),
                      .fees = money(fee),
                      .reason = reason});
    closed_ += gross;
    fees_ += mid.value() * fee_rate_;
  }

  Report& report_;
  double fee_rate_;
  double position_ = 0, closed_ = 0, fees_ = 0;
  DateTime open_time_;
  Price open_price_;
};

}  // namespace

Report synthetic_report(const SyntheticMarket& market) {
  Report report;
  Trader trader{report, market.fee_bps};
  std::mt19937 random{market.seed};
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  Timestamp time = *to_timestamp({.date = 20240808, .time = 0});
  double price = market.first_price, drift = 0;
  const auto unit = static_cast<std::int64_t>(std::pow(10, 9 - market.price_decimals));
  for (int i = 0; i < market.books; ++i) {
    drift = 0.999 * drift + market.volatility * 0.02 * (uniform() - 0.5);
    price *= 1 + drift + market.volatility * (uniform() - 0.5) * 2;
    const Price bid = Price::from_units(
        std::llround(price * 1e9 / static_cast<double>(unit)) * unit, market.price_decimals);
    const Price ask =
        bid + Price::from_units(unit * (1 + static_cast<int>(random() % 3)), market.price_decimals);
    const Price mid =
        Price::from_units((bid.units() + ask.units()) / 2, std::min(market.price_decimals + 1, 9));
    const DateTime now = to_date_time(time);
    const bool last = i + 1 == market.books;
    if (market.books_per_trade > 0 &&
        (last || random() % static_cast<unsigned>(market.books_per_trade) == 0))
      trader.turn(now, mid, last ? 0 : (random() % 8 == 0 ? 0 : (trader.position() > 0 ? -1 : 1)),
                  last ? Reason::end : Reason::reverse);
    const double score =
        std::clamp((uniform() + uniform() + uniform() - 1.5) * 0.8 +
                       0.3 * std::clamp(drift / (market.volatility * 0.2 + 1e-12), -1.0, 1.0),
                   -1.0, 1.0);
    report.add({.time = now,
                .bid = bid,
                .ask = ask,
                .score = score,
                .position = trader.position(),
                .gross = trader.gross(mid),
                .net = trader.net(mid)});
    time += std::chrono::milliseconds{1 + static_cast<int>(uniform() * 2 * market.milliseconds)};
    if (market.silent_after > 0 && i == market.silent_after) time += std::chrono::hours{3};
  }
  return report;
}

ReportText synthetic_text() {
  return {.title = "XBTUSD 2024-08-08, imbalance of all levels, threshold 0.3",
          .tool = "obbacktest 0.1.0",
          .summary = {{"books", "86400"},
                      {"trades", "1739"},
                      {"net_quote", "-967.2"},
                      {"net per trade, mean ± standard error, quote", "-0.556 ± 0.031"},
                      {"profit factor", "0.81"},
                      {"95 % interval of the mean net per trade, quote", "-0.62 to -0.49"}},
          .options = {{"--rule", "imbalance"},
                      {"--levels", "all"},
                      {"--threshold", "0.3"},
                      {"--fill", "taker"},
                      {"--taker-fee-bps", "0.2"},
                      {"--contract", "linear"},
                      {"--size", "1"}},
          .files = {{.name = "XBTUSD_20240808.txt.zst",
                     .sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
                    {.name = "model.json",
                     .sha256 = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}},
          .threshold = 0.3};
}

}  // namespace obkit::backtest
