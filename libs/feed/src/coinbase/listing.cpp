#include <array>

#include "../json/fields.hpp"
#include "coinbase.hpp"

namespace obkit::feed::coinbase {
namespace {

/// Sizes are coins of the base, or contracts of futures.
Instrument read_one(const Fields& one) {
  Instrument instrument{.symbol = one.text("product_id"), .tick = one.decimal("price_increment")};
  if (one.is("product_type", "SPOT")) {
    instrument.unit = one.text("base_currency_id");
    instrument.contract_size = "1";
  } else {
    instrument.unit = one.text("future_product_details.contract_root_unit");
    instrument.contract_size = one.decimal("future_product_details.contract_size");
  }
  return instrument;
}

/// Without those that are another name of a book (BTC-USDC of BTC-USD).
InstrumentPage read(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto item : document.find_field_unordered("products").get_array()) {
      const Fields one{item.value()};
      const bool is_closed = one.is("is_disabled", "true") || one.is("trading_disabled", "true") ||
                             one.is("view_only", "true");
      if (!is_closed && one.text("alias").empty()) page.instruments.push_back(read_one(one));
    }
  });
}

constexpr std::array<std::string_view, 1> targets{"/api/v3/brokerage/market/products"};
constexpr Listing all{targets, read};

}  // namespace

const Listing& listing() { return all; }

}  // namespace obkit::feed::coinbase
