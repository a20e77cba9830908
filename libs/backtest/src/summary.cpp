#include "obkit/backtest/summary.hpp"

#include <algorithm>
#include <cmath>

namespace obkit::backtest {

void Summary::add(const Trade& trade) {
  const Money net = trade.net();
  ++trades;
  if (net > Money{}) {
    ++wins;
    gains += net;
  } else {
    losses += -net;
  }
  gross += trade.gross;
  fees += trade.fees;
  funding += trade.funding;
  held += holding_time(trade);
  nets.push_back(net.value());
}

std::optional<double> Summary::win_rate() const {
  if (trades == 0) return std::nullopt;
  return static_cast<double>(wins) / static_cast<double>(trades);
}

std::optional<double> Summary::mean_net() const {
  if (trades == 0) return std::nullopt;
  return net().value() / static_cast<double>(trades);
}

std::optional<double> Summary::standard_error() const {
  if (trades < 2) return std::nullopt;
  const double mean = *mean_net();
  double squares = 0;
  for (const double net : nets) squares += (net - mean) * (net - mean);
  const auto count = static_cast<double>(trades);
  return std::sqrt(squares / (count - 1) / count);
}

std::optional<double> Summary::profit_factor() const {
  if (losses == Money{}) return std::nullopt;
  return gains.value() / losses.value();
}

std::optional<double> Summary::exposure() const {
  if (observed.count() <= 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(held.count()) / static_cast<double>(observed.count()));
}

std::optional<double> Summary::mean_holding_seconds() const {
  if (trades == 0) return std::nullopt;
  return static_cast<double>(held.count()) / 1000 / static_cast<double>(trades);
}

}  // namespace obkit::backtest
