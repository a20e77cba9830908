#include "continuity.hpp"

#include "obkit/core/error.hpp"
#include "obkit/store/json_line.hpp"

#include "seam.hpp"

namespace obkit::store {
namespace {

constexpr unsigned both_sides = 3;

unsigned sides_of(const BookUpdate& update) {
  unsigned sides = 0;
  for (const LevelChange& level : update.levels) sides |= 1U << static_cast<unsigned>(level.side);
  return sides;
}

}  // namespace

bool Continuity::is_broken_before(const FileEvent& event) const {
  const BookUpdate& first = event.updates.front();
  if (first.kind == BookUpdate::Kind::image) return false;
  const auto known = symbols_.find(first.symbol);
  return known != symbols_.end() && known->second.file != file_ &&
         !follows_closely(event.received, known->second.received);
}

void Continuity::settle(const FileEvent& event, const ArchiveFile& file) {
  const auto [known, is_new] = symbols_.try_emplace(event.updates.front().symbol);
  Symbol& symbol = known->second;
  if (is_new) symbol.exchange = event.exchange;
  if (symbol.exchange != event.exchange)
    throw DataError{file.place(), "expected " + shown(known->first) + " of " +
                                      shown(symbol.exchange) + " as before, found that of " +
                                      shown(event.exchange)};
  const bool whole_images = file.layout() == ArchiveFile::Layout::snapshots;
  for (BookUpdate& update : event.updates) {
    const bool is_first = symbol.file != file_;
    const bool follows =
        !is_new && (is_first ? follows_closely(event.received, symbol.received) : whole_images);
    if (is_first || whole_images) symbol.sides = 0;
    symbol.file = file_;
    if (update.kind == BookUpdate::Kind::image) settle_image(update, symbol, follows);
  }
  symbol.received = event.received;
}

void Continuity::settle_image(BookUpdate& image, Symbol& symbol, bool continues) {
  const unsigned sides = sides_of(image);
  if (symbol.sides != 0 && sides != 0 && (symbol.sides ^ sides) == both_sides) {
    image.kind = BookUpdate::Kind::changes;
    symbol.sides = both_sides;
    return;
  }
  image.continues = continues;
  symbol.sides = sides;
}

}  // namespace obkit::store
