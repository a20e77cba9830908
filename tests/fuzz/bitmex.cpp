// Lines are frames of BitMEX: whatever they say, the protocol survives and the books stay in order.
// The fast way gives what simdjson's gives, which white space behind a frame asks for.

#include <sstream>
#include <string>

#include "obkit/feed/venue.hpp"

#include "books.hpp"
#include "fuzz.hpp"
#include "same_frame.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obkit;
  const auto fast = feed::find_venue("bitmex")->make_protocol({.with_trades = true});
  const auto slow = feed::find_venue("bitmex")->make_protocol({.with_trades = true});
  fuzz::Books books;
  std::istringstream lines{fuzz::to_text(data, size)};
  for (std::string line; std::getline(lines, line);) {
    const feed::Frame& frame = fast->decode(line);
    fuzz::require_same(frame, slow->decode(line + " "));
    books.hear(frame);
  }
  return 0;
}
