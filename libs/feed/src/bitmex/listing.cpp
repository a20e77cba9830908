#include <algorithm>
#include <array>
#include <string>

#include "../json/fields.hpp"
#include "bitmex.hpp"

namespace obkit::feed::bitmex {
namespace {

/// 1 / `contracts`, of a number that is 1, 10, 100, …; else empty.
std::string part_of_one(const std::string& contracts) {
  if (contracts.empty() || contracts.front() != '1' ||
      contracts.find_first_not_of('0', 1) != std::string::npos)
    return {};
  return plain_decimal("1e-" + std::to_string(contracts.size() - 1));
}

/// A contract is a part of the underlying coin, or of an inverse one 1 of the currency of the
/// price. That of a quanto is worth neither.
void tell_size(const Fields& one, Instrument& instrument) {
  if (one.is("isQuanto", "true")) return;
  if (one.is("isInverse", "true")) {
    const std::string multiplier = one.text("multiplier");
    if (multiplier.empty() || !one.is("underlyingToSettleMultiplier", multiplier)) return;
    instrument.unit = one.text("quoteCurrency");
    instrument.contract_size = "1";
  } else {
    instrument.contract_size = part_of_one(one.text("underlyingToPositionMultiplier"));
    if (!instrument.contract_size.empty()) instrument.unit = one.text("underlying");
  }
}

InstrumentPage read(std::string_view /*target*/, std::string_view body) {
  return read_page(body, [](simdjson::ondemand::document& document, InstrumentPage& page) {
    for (auto item : document.get_array()) {
      const Fields one{item.value()};
      if (!one.is("state", "Open")) continue;
      Instrument instrument{.symbol = one.text("symbol"), .tick = one.decimal("tickSize")};
      tell_size(one, instrument);
      page.instruments.push_back(std::move(instrument));
    }
  });
}

constexpr std::array<std::string_view, 1> targets{"/api/v1/instrument/active"};
constexpr Listing all{targets, read};

}  // namespace

const Listing& listing() { return all; }

}  // namespace obkit::feed::bitmex
