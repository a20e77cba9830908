#include <array>

#include "../json/fields.hpp"
#include "deribit.hpp"

namespace obkit::feed::deribit {
namespace {

/// Sizes of inverse futures and of their combinations are in the currency of the price, all others
/// in coins of the base: also those of options, though the venue calls them reversed.
std::string unit_of(const Fields& one) {
  const bool is_future = one.is("kind", "future") || one.is("kind", "future_combo");
  const bool is_inverse = is_future && one.is("instrument_type", "reversed");
  return one.text(is_inverse ? "quote_currency" : "base_currency");
}

InstrumentPage read(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto item : document.find_field_unordered("result").get_array()) {
      const Fields one{item.value()};
      if (one.is("is_active", "false")) continue;
      // Its contract_size is a step; the sizes of books are amounts.
      page.instruments.push_back({.symbol = one.text("instrument_name"),
                                  .tick = one.decimal("tick_size"),
                                  .unit = unit_of(one),
                                  .contract_size = "1"});
    }
  });
}

constexpr std::array<std::string_view, 1> targets{
    "/api/v2/public/get_instruments?currency=any&expired=false"};
constexpr Listing all{targets, read};

}  // namespace

const Listing& listing() { return all; }

}  // namespace obkit::feed::deribit
