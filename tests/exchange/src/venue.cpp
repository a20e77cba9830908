#include "obkit/exchange/venue.hpp"

namespace obkit::exchange {

std::string_view to_string(Venue venue) { return venue == Venue::bitmex ? "bitmex" : "deribit"; }

std::optional<Venue> parse_venue(std::string_view name) {
  for (const Venue one : {Venue::bitmex, Venue::deribit})
    if (name == to_string(one)) return one;
  return std::nullopt;
}

}  // namespace obkit::exchange
