// Lines are frames of Binance, or answers of its HTTP (`@rest URL BODY`): whatever they say, the
// protocols of its markets survive and the books stay in order.

#include <sstream>
#include <string>

#include "obkit/feed/venue.hpp"

#include "books.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obkit;
  for (const char* venue : {"binance-spot", "binance-usdm"}) {  // COIN-M differs in its address
    const auto protocol = feed::find_venue(venue)->make_protocol({.with_trades = true});
    fuzz::Books books;
    std::istringstream lines{fuzz::to_text(data, size)};
    for (std::string line; std::getline(lines, line);)
      books.hear(feed::decode_captured(*protocol, line));
  }
  return 0;
}
