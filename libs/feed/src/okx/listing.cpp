#include <array>

#include "../json/fields.hpp"
#include "okx.hpp"

namespace obkit::feed::okx {
namespace {

/// Sizes are coins of the base, or contracts: of `ctVal` each, if the multiplier is 1.
Instrument read_one(const Fields& one) {
  Instrument instrument{.symbol = one.text("instId"), .tick = one.decimal("tickSz")};
  if (one.is("instType", "SPOT")) {
    instrument.unit = one.text("baseCcy");
    instrument.contract_size = "1";
  } else if (one.is("ctMult", "1")) {
    instrument.unit = one.text("ctValCcy");
    instrument.contract_size = one.decimal("ctVal");
  }
  return instrument;
}

InstrumentPage read(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto item : document.find_field_unordered("data").get_array()) {
      const Fields one{item.value()};
      if (one.is("state", "live")) page.instruments.push_back(read_one(one));
    }
  });
}

/// Options are not among them: the exchange lists these by family alone.
constexpr std::array<std::string_view, 3> targets{
    "/api/v5/public/instruments?instType=SPOT",
    "/api/v5/public/instruments?instType=SWAP",
    "/api/v5/public/instruments?instType=FUTURES",
};
constexpr Listing all{targets, read};

}  // namespace

const Listing& listing() { return all; }

}  // namespace obkit::feed::okx
