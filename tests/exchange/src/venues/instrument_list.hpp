#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "obkit/exchange/exchange.hpp"

/// What the venues' lists of instruments share. Their shapes are those of 2026.
namespace obkit::exchange {

/// The two currencies of a symbol, as `BTC/USD`, `BTC-USDT-SWAP`, `BTCUSD_PERP` and `PF_XBTUSD`
/// have them. Without one that is known, all of it is the base.
struct CurrencyPair {
  std::string base, quote;
};
[[nodiscard]] CurrencyPair currencies_of(const std::string& symbol);

/// An instrument as a venue lists it; `tick` is its text.
using ListRow = std::function<nlohmann::ordered_json(
    const Instrument& instrument, const CurrencyPair& currencies, const std::string& tick)>;

/// Those of the market, in order.
[[nodiscard]] nlohmann::ordered_json list_instruments(const Exchange& exchange, const ListRow& row);

}  // namespace obkit::exchange
