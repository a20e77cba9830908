// Lines are those of a capture of one venue, OBKIT_VENUE: whatever they say, its protocol survives
// and the books stay in order. A connection that begins anew has forgotten all: the same lines say
// the same.

#include "obkit/feed/venue.hpp"

#include <sstream>
#include <string>

#include "books.hpp"
#include "fuzz.hpp"
#include "same_frame.hpp"

namespace obkit::fuzz {
namespace {

void require_equal(const feed::Frame& a, const feed::Frame& b) {
  require(a.kind == b.kind && a.text == b.text && a.symbol == b.symbol && a.lost == b.lost);
  require(a.status == b.status && a.passes == b.passes && a.retry_after == b.retry_after);
  require(a.replies == b.replies);
  require(std::equal(
      a.updates.begin(), a.updates.end(), b.updates.begin(), b.updates.end(),
      [](const BookUpdate& one, const BookUpdate& other) { return is_same(one, other); }));
  require(std::equal(
      a.trades.begin(), a.trades.end(), b.trades.begin(), b.trades.end(),
      [](const TradeUpdate& one, const TradeUpdate& other) { return is_same(one, other); }));
}

/// Levels of these venues have no ids: their prices are them.
void require_prices(const feed::Frame& frame) {
  for (const BookUpdate& update : frame.updates)
    for (const LevelChange& level : update.levels)
      require(level.price && level.id == level_id(level.side, *level.price));
}

void run(const feed::Venue& venue, const std::string& text) {
  const feed::Subscription all{.with_trades = true};
  const auto used = venue.make_protocol(all), fresh = venue.make_protocol(all);
  std::istringstream before{text}, lines{text};
  for (std::string line; std::getline(before, line);)
    static_cast<void>(feed::decode_captured(*used, line));
  require(used->open() == fresh->open());
  Books books;
  for (std::string line; std::getline(lines, line);) {
    const feed::Frame& frame = feed::decode_captured(*fresh, line);
    require_equal(frame, feed::decode_captured(*used, line));
    require_prices(frame);
    books.hear(frame);
  }
}

}  // namespace
}  // namespace obkit::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  obkit::fuzz::run(*obkit::feed::find_venue(OBKIT_VENUE), obkit::fuzz::to_text(data, size));
  return 0;
}
