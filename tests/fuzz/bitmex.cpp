// Lines are frames of BitMEX: whatever they say, the decoder survives and the books stay in order.
// The fast way gives what simdjson's gives, which white space behind a frame asks for.

#include "obkit/feed/bitmex.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include "books.hpp"
#include "fuzz.hpp"

namespace {

using obkit::BookUpdate;

bool is_same(const BookUpdate& a, const BookUpdate& b) {
  return a.kind == b.kind && a.symbol == b.symbol && a.pool == b.pool && a.time == b.time &&
         a.levels == b.levels;
}

bool is_same(const obkit::feed::Frame& a, const obkit::feed::Frame& b) {
  return a.kind == b.kind &&
         std::equal(
             a.updates.begin(), a.updates.end(), b.updates.begin(), b.updates.end(),
             [](const BookUpdate& one, const BookUpdate& other) { return is_same(one, other); });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obkit;
  feed::bitmex::Decoder decoder, slow;
  fuzz::Books books;
  std::istringstream lines{fuzz::to_text(data, size)};
  for (std::string line; std::getline(lines, line);) {
    const feed::Frame& frame = decoder.decode(line);
    // The fast way takes nothing but changes of books; of a broken frame that says none, simdjson
    // may say one thing or another, as the bytes behind it are.
    const feed::Frame& wanted = slow.decode(line + " ");
    const bool says_nothing = frame.updates.empty() && wanted.updates.empty();
    fuzz::require(says_nothing || is_same(frame, wanted));
    books.hear(frame);
  }
  return 0;
}
