#include "obkit/exchange/book_frame.hpp"

#include <cmath>

namespace obkit::exchange {

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

Price captured_price(double price) {
  constexpr std::int64_t per_tenth = Price::units_per_one / 10;
  const std::int64_t units = std::llround(price * Price::units_per_one);
  return Price::from_units(units, units % Price::units_per_one == 0 ? 0
                                  : units % per_tenth == 0          ? 1
                                                                    : Price::max_decimals);
}

}  // namespace obkit::exchange
