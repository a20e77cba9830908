#include "obkit/exchange/book_frame.hpp"

namespace obkit::exchange {

std::string_view to_string(Venue venue) { return venue == Venue::bitmex ? "bitmex" : "deribit"; }

std::optional<Venue> parse_venue(std::string_view name) {
  for (const Venue one : {Venue::bitmex, Venue::deribit})
    if (name == to_string(one)) return one;
  return std::nullopt;
}

std::string_view to_string(BookAction action) {
  switch (action) {
    case BookAction::partial:
      return "partial";
    case BookAction::remove:
      return "delete";
    case BookAction::update:
      return "update";
    case BookAction::insert:
      return "insert";
    case BookAction::change:
      break;
  }
  return "change";
}

}  // namespace obkit::exchange
