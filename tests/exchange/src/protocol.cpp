#include "obkit/exchange/protocol.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "obkit/exchange/rest.hpp"

#include "venues/binance.hpp"
#include "venues/bitmex.hpp"
#include "venues/bybit.hpp"
#include "venues/coinbase.hpp"
#include "venues/deribit.hpp"
#include "venues/kraken.hpp"
#include "venues/kraken_futures.hpp"
#include "venues/okx.hpp"

namespace obkit::exchange {
namespace {

struct Entry {
  Venue venue;
  std::string_view name, title;
  const Protocol& protocol;
};

/// The registry: every venue that the exchange can be, the default first.
const auto& entries() {
  static const BitmexProtocol bitmex;
  static const DeribitProtocol deribit;
  static const BybitProtocol linear{BybitStream::linear}, spot{BybitStream::spot},
      inverse{BybitStream::inverse};
  static const BinanceProtocol binance_spot{BinanceMarket::spot}, usdm{BinanceMarket::usdm},
      coinm{BinanceMarket::coinm};
  static const OkxProtocol okx;
  static const KrakenProtocol kraken;
  static const KrakenFuturesProtocol kraken_futures;
  static const CoinbaseProtocol coinbase;
  static const std::array all{
      Entry{Venue::bitmex, "bitmex", "BitMEX", bitmex},
      Entry{Venue::deribit, "deribit", "Deribit", deribit},
      Entry{Venue::bybit_linear, "bybit-linear", "Bybit", linear},
      Entry{Venue::bybit_spot, "bybit-spot", "Bybit", spot},
      Entry{Venue::bybit_inverse, "bybit-inverse", "Bybit", inverse},
      Entry{Venue::binance_spot, "binance-spot", "Binance", binance_spot},
      Entry{Venue::binance_usdm, "binance-usdm", "Binance", usdm},
      Entry{Venue::binance_coinm, "binance-coinm", "Binance", coinm},
      Entry{Venue::okx, "okx", "OKX", okx},
      Entry{Venue::kraken, "kraken", "Kraken", kraken},
      Entry{Venue::kraken_futures, "kraken-futures", "Kraken Futures", kraken_futures},
      Entry{Venue::coinbase, "coinbase", "Coinbase", coinbase}};
  return all;
}

const Entry& entry_of(Venue venue) {
  return *std::find_if(entries().begin(), entries().end(),
                       [venue](const Entry& one) { return one.venue == venue; });
}

}  // namespace

RestAnswer Protocol::answer_get(const Exchange& /*exchange*/, std::string_view /*target*/) const {
  return {404, rest_error("Not Found")};
}

std::string Protocol::write_best(const TrueBook& /*book*/, const Channel& /*channel*/) const {
  throw std::logic_error{"this venue has no channel of best levels"};
}

std::vector<Venue> venues() {
  std::vector<Venue> all;
  for (const Entry& one : entries()) all.push_back(one.venue);
  return all;
}

std::string_view to_string(Venue venue) { return entry_of(venue).name; }

std::string_view title_of(Venue venue) { return entry_of(venue).title; }

std::optional<Venue> parse_venue(std::string_view name) {
  for (const Entry& one : entries())
    if (one.name == name) return one.venue;
  return std::nullopt;
}

const Protocol& protocol(Venue venue) { return entry_of(venue).protocol; }

}  // namespace obkit::exchange
