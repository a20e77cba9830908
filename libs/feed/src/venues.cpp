#include <algorithm>
#include <array>

#include "obkit/feed/venue.hpp"

#include "bitmex/bitmex.hpp"
#include "deribit/deribit.hpp"

namespace obkit::feed {

std::span<const Venue> venues() {
  static const std::array all{deribit::venue(), bitmex::venue()};
  return all;
}

const Venue* find_venue(std::string_view name) {
  const auto all = venues();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Venue& venue) { return venue.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Venue* venue_of_frame(std::string_view frame) {
  const auto all = venues();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Venue& venue) { return venue.recognizes(frame); });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace obkit::feed
