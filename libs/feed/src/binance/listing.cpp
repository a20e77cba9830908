#include <array>
#include <chrono>

#include "../json/fields.hpp"
#include "binance.hpp"

namespace obkit::feed::binance {
namespace {

/// Sizes are coins of the base; where there is a contractSize (COIN-M) contracts of so much of the
/// quote.
Instrument read_one(const Fields& one) {
  const std::string contract = one.decimal("contractSize");
  return {.symbol = one.text("symbol"),
          .tick = one.decimal("filters.tickSize"),
          .unit = one.text(contract.empty() ? "baseAsset" : "quoteAsset"),
          .contract_size = contract.empty() ? "1" : contract};
}

InstrumentPage read(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto item : document.find_field_unordered("symbols").get_array()) {
      const Fields one{item.value()};
      if (one.is("status", "TRADING") || one.is("contractStatus", "TRADING"))
        page.instruments.push_back(read_one(one));
    }
  });
}

/// Without the sets of permissions, which are most of the answer.
constexpr std::array<std::string_view, 1> spot_targets{
    "/api/v3/exchangeInfo?showPermissionSets=false"};
constexpr std::array<std::string_view, 1> usdm_targets{"/fapi/v1/exchangeInfo"};
constexpr std::array<std::string_view, 1> coinm_targets{"/dapi/v1/exchangeInfo"};
/// Their weight is 20 of the 6,000 of a minute, and 1 of 2,400; see window_of() for the share.
constexpr std::chrono::milliseconds spot_pause{240}, futures_pause{30};
constexpr Listing spot_list{spot_targets, read, spot_pause};
constexpr Listing usdm_list{usdm_targets, read, futures_pause};
constexpr Listing coinm_list{coinm_targets, read, futures_pause};

}  // namespace

const Listing& spot_listing() { return spot_list; }
const Listing& usdm_listing() { return usdm_list; }
const Listing& coinm_listing() { return coinm_list; }

}  // namespace obkit::feed::binance
