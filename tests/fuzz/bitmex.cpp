// Lines are frames of BitMEX: whatever they say, the decoder survives and the books stay in order.
// The fast way gives what simdjson's gives, which white space behind a frame asks for.

#include "obkit/feed/bitmex.hpp"

#include <sstream>
#include <string>

#include "books.hpp"
#include "fuzz.hpp"
#include "same_frame.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obkit;
  feed::bitmex::Decoder decoder, slow;
  fuzz::Books books;
  std::istringstream lines{fuzz::to_text(data, size)};
  for (std::string line; std::getline(lines, line);) {
    const feed::Frame& frame = decoder.decode(line);
    fuzz::require_same(frame, slow.decode(line + " "));
    books.hear(frame);
  }
  return 0;
}
