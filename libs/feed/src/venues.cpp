#include <algorithm>
#include <array>
#include <utility>

#include "obkit/feed/venue.hpp"

#include "binance/binance.hpp"
#include "bitmex/bitmex.hpp"
#include "bybit/bybit.hpp"
#include "coinbase/coinbase.hpp"
#include "deribit/deribit.hpp"
#include "kraken/kraken.hpp"
#include "okx/okx.hpp"

namespace obkit::feed {

std::span<const Venue> venues() {
  static const std::array all{
      deribit::venue(),       bitmex::venue(), bybit::linear(),       bybit::spot(),
      bybit::inverse(),       okx::venue(),    binance::spot_venue(), binance::usdm_venue(),
      binance::coinm_venue(), kraken::spot(),  kraken::futures(),     coinbase::venue(),
  };
  return all;
}

namespace {

/// What Tardis calls venues. Its `okex` and the like are one venue, its `bybit` is two of which the
/// larger one is meant.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> tardis_names{{
    {"binance", "binance-spot"},
    {"binance-futures", "binance-usdm"},
    {"binance-delivery", "binance-coinm"},
    {"bybit", "bybit-linear"},
    {"okex", "okx"},
    {"okex-swap", "okx"},
    {"okex-futures", "okx"},
    {"okex-options", "okx"},
    {"cryptofacilities", "kraken-futures"},
}};

}  // namespace

const Venue* find_venue(std::string_view name) {
  for (const auto& [alias, venue] : tardis_names)
    if (name == alias) name = venue;
  const auto all = venues();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Venue& venue) { return venue.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Venue* find_venue(std::string_view name, std::string_view symbol) {
  return find_venue(name == "bybit" && bybit::is_inverse(symbol) ? "bybit-inverse" : name);
}

const Venue* venue_of_frame(std::string_view frame) {
  const auto all = venues();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Venue& venue) { return venue.recognizes(frame); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace obkit::feed
