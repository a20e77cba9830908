#include "obkit/exchange/protocol.hpp"

#include <algorithm>
#include <array>

#include "obkit/exchange/rest.hpp"

#include "bitmex.hpp"
#include "deribit.hpp"

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
  static const std::array all{Entry{Venue::bitmex, "bitmex", "BitMEX", bitmex},
                              Entry{Venue::deribit, "deribit", "Deribit", deribit}};
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
