#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "../json/fields.hpp"
#include "kraken.hpp"

namespace obkit::feed::kraken {
namespace {

/// Names of its HTTP interface that its sockets do not have.
std::string socket_name(std::string_view asset) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> old_names{
      {{"XBT", "BTC"}, {"XDG", "DOGE"}}};
  for (const auto& [old, now] : old_names)
    if (asset == old) return std::string{now};
  return std::string{asset};
}

/// `XBT/USD`; sizes are coins of the base. Without a symbol where it has no such name.
Instrument read_pair(const Fields& one) {
  const std::string name = one.text("wsname");
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return {};
  const std::string base = socket_name(name.substr(0, slash));
  return {.symbol = base + "/" + socket_name(name.substr(slash + 1)),
          .tick = one.decimal("tick_size"),
          .unit = base,
          .contract_size = "1"};
}

InstrumentPage read_spot(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto pair : document.find_field_unordered("result").get_object()) {
      const Fields one{pair.value()};
      Instrument instrument = read_pair(one);
      if (one.is("status", "online") && !instrument.symbol.empty())
        page.instruments.push_back(std::move(instrument));
    }
  });
}

/// Sizes of inverse contracts are of the currency of the price, those of others of the base.
InstrumentPage read_futures(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto item : document.find_field_unordered("instruments").get_array()) {
      const Fields one{item.value()};
      if (!one.is("tradeable", "true")) continue;
      page.instruments.push_back(
          {.symbol = one.text("symbol"),
           .tick = one.decimal("tickSize"),
           .unit = one.text(one.is("type", "futures_inverse") ? "quote" : "base"),
           .contract_size = one.decimal("contractSize")});
    }
  });
}

constexpr std::array<std::string_view, 1> spot_targets{"/0/public/AssetPairs"};
constexpr std::array<std::string_view, 1> futures_targets{"/derivatives/api/v3/instruments"};
constexpr Listing spot_list{spot_targets, read_spot};
constexpr Listing futures_list{futures_targets, read_futures};

}  // namespace

const Listing& spot_listing() { return spot_list; }
const Listing& futures_listing() { return futures_list; }

}  // namespace obkit::feed::kraken
