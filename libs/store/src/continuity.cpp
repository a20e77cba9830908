#include "continuity.hpp"

#include <algorithm>
#include <utility>

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

bool has_image(const FileEvent& event) {
  return std::any_of(event.updates.begin(), event.updates.end(), [](const BookUpdate& update) {
    return update.kind == BookUpdate::Kind::image;
  });
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
  const std::string& name = event.updates.front().symbol;
  auto known = symbols_.find(name);
  const bool is_new = known == symbols_.end();
  if (is_new && !has_image(event)) return;
  if (is_new) known = symbols_.emplace(name, Symbol{std::string{event.exchange}}).first;
  Symbol& symbol = known->second;
  if (symbol.exchange != event.exchange)
    throw DataError{file.place(), "expected " + shown(name) + " of " + shown(symbol.exchange) +
                                      " as before, found that of " + shown(event.exchange)};
  const bool follows_file = !is_new && follows_closely(event.received, symbol.received);
  const bool whole_images = file.layout() == ArchiveFile::Layout::snapshots;
  for (BookUpdate& update : event.updates) {
    const bool is_first = std::exchange(symbol.file, file_) != file_;
    if (is_first || whole_images) symbol.sides = 0;
    if (update.kind == BookUpdate::Kind::image)
      settle_image(update, symbol, is_first ? follows_file : whole_images);
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
