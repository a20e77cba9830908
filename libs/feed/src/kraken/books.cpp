#include "books.hpp"

#include <algorithm>
#include <limits>

#include "../json/json_value.hpp"
#include "row.hpp"

namespace obkit::feed::kraken {

using simdjson::ondemand::value;

std::size_t window_for(std::size_t levels) {
  const auto* const found = std::find_if(windows.begin(), windows.end(),
                                         [=](std::size_t window) { return levels <= window; });
  return found == windows.end() ? windows.back() : *found;
}

std::size_t Checksum::levels() const { return 10; }

std::uint32_t Checksum::checksum(std::span<const PriceLevel> bids,
                                 std::span<const PriceLevel> asks) const {
  text_.clear();
  for (const PriceLevel& level : asks) append(Side::ask, level);
  for (const PriceLevel& level : bids) append(Side::bid, level);
  return crc32_of(text_);
}

void Checksum::append(Side side, const PriceLevel& level) const {
  number_.clear();
  append_price(number_, level.price);
  append_number();
  number_.clear();
  sizes.append(number_, level_id(side, level.price), level.size);
  append_number();
}

void Checksum::append_number() const {
  const std::size_t begin = text_.size();
  for (const char c : number_)
    if (c != '.' && (c != '0' || text_.size() > begin)) text_ += c;
}

Books::Books(const std::vector<std::string>& symbols) : takes_all_{symbols.empty()} {
  for (const std::string& symbol : symbols) books_.try_emplace(symbol);
}

void Books::open() {
  for (auto& [symbol, book] : books_) book.window = 0;
}

void Books::set_window(std::string_view symbol, std::size_t levels) {
  if (Book* const book = find(std::string{symbol})) book->window = levels;
}

void Books::read(value data) {
  updates_.clear();
  std::size_t count = 0;
  for (auto content : data.get_array()) {
    if (entries_.size() == count) entries_.emplace_back();
    read_entry(content.value(), updates_.add(), entries_[count++]);
  }
}

void Books::read_entry(value content, BookUpdate& update, Entry& entry) {
  entry.sizes.clear();
  entry.has_checksum = false;
  bool has_bids = false, has_asks = false;
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "symbol") update.symbol = part.get_string().value();
    if (key == "bids") has_bids = true, read_side(part, Side::bid, update, entry);
    if (key == "asks") has_asks = true, read_side(part, Side::ask, update, entry);
    if (key == "checksum") {
      const std::uint64_t checksum = part.get_uint64();
      entry.has_checksum = checksum <= std::numeric_limits<std::uint32_t>::max();
      update.checksum = static_cast<std::uint32_t>(checksum);
    }
    if (key == "timestamp") {
      update.time = times_.read(part.get_string());
      if (!update.time) throw BadFrame{"a timestamp that is no time"};
    }
  }
  if (update.symbol.empty() || !has_bids || !has_asks)
    throw BadFrame{"a book without symbol, bids or asks"};
  if (!entry.has_checksum) throw BadFrame{"a book without its checksum"};
}

void Books::read_side(value rows, Side side, BookUpdate& update, Entry& entry) {
  for (auto content : rows.get_array()) {
    const Row row = read_row(content.value(), update.lost);
    if (!row.price) continue;  // the book is lost
    update.levels.push_back(level_of(side, *row.price, row.size));
    entry.sizes.push_back(row.size_text);
  }
}

std::span<const BookUpdate> Books::tell(std::string_view type) {
  if (type != "snapshot" && type != "update") throw BadFrame{"an unknown type of book"};
  const auto kind = type == "snapshot" ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
  std::size_t at = 0;
  for (BookUpdate& update : updates_.all()) {
    update.kind = kind;
    if (Book* const book = find(update.symbol)) complete(*book, update, entries_[at]);
    ++at;
  }
  return updates_.all();
}

Books::Book* Books::find(const std::string& symbol) {
  if (takes_all_) return &books_.try_emplace(symbol).first->second;
  const auto found = books_.find(symbol);
  return found == books_.end() ? nullptr : &found->second;
}

void Books::Book::expect_window_of(const BookUpdate& image) {
  if (window != 0) return;
  const auto is_bid = [](const LevelChange& level) { return level.side == Side::bid; };
  const auto bids =
      static_cast<std::size_t>(std::count_if(image.levels.begin(), image.levels.end(), is_bid));
  window = window_for(std::max(bids, image.levels.size() - bids));
}

void Books::complete(Book& book, BookUpdate& update, const Entry& entry) {
  if (update.kind == BookUpdate::Kind::image) {
    book.checksum.sizes.clear();
    book.expect_window_of(update);
  }
  for (std::size_t i = 0; i < update.levels.size(); ++i)
    book.checksum.sizes.note(update.levels[i].id, entry.sizes[i]);
  update.kept_levels = book.window;
  update.checksum_rule = &book.checksum;
}

}  // namespace obkit::feed::kraken
