#include "books.hpp"

#include <algorithm>

#include "../json/json_value.hpp"

namespace obkit::feed::okx {

using simdjson::ondemand::value;

namespace {

constexpr std::size_t checked_levels = 25;

}  // namespace

std::size_t Checksum::levels() const { return checked_levels; }

std::uint32_t Checksum::checksum(std::span<const PriceLevel> bids,
                                 std::span<const PriceLevel> asks) const {
  text_.clear();
  for (std::size_t i = 0; i < std::max(bids.size(), asks.size()); ++i) {
    if (i < bids.size()) append(Side::bid, bids[i]);
    if (i < asks.size()) append(Side::ask, asks[i]);
  }
  return crc32_of(text_);
}

void Checksum::append(Side side, const PriceLevel& level) const {
  if (!text_.empty()) text_ += ':';
  append_price(text_, level.price);
  text_ += ':';
  sizes.append(text_, level_id(side, level.price), level.size);
}

bool is_book_channel(std::string_view channel) {
  return channel == "books" || channel == "books-l2-tbt";
}

Books::Books(const std::vector<std::string>& symbols) : takes_all_{symbols.empty()} {
  for (const std::string& symbol : symbols) books_.try_emplace(symbol);
}

void Books::open() {
  for (auto& [symbol, book] : books_) {
    book.channel.clear();
    book.number.reset();
    book.waits = true;
    book.image_number.reset();
    book.image_time.reset();
    book.trade_channel.clear();
  }
}

std::span<const BookUpdate> Books::read(std::string_view channel, std::string_view symbol,
                                        std::string_view action, value data) {
  updates_.clear();
  const bool is_image = action == "snapshot";
  if (!is_image && action != "update") throw BadFrame{"an unknown action"};
  Book* const book = find(symbol);
  if (book == nullptr || (!book->channel.empty() && book->channel != channel)) return {};
  if (is_image) book->channel = channel;
  for (auto entry : data.get_array()) {
    BookUpdate& update = updates_.add();
    update.symbol = symbol;
    update.kind = is_image ? BookUpdate::Kind::image : BookUpdate::Kind::changes;
    read_update(entry.value(), *book, update);
  }
  return updates_.all();
}

Books::Book* Books::find(std::string_view symbol) {
  symbol_ = symbol;
  if (takes_all_) return &books_.try_emplace(symbol_).first->second;
  const auto found = books_.find(symbol_);
  return found == books_.end() ? nullptr : &found->second;
}

std::span<const BookUpdate> Books::read_witnesses(std::string_view symbol, value data) {
  updates_.clear();
  if (find(symbol) == nullptr) return {};
  for (auto entry : data.get_array()) {
    BookUpdate& update = updates_.add();
    update.symbol = symbol;
    update.kind = BookUpdate::Kind::witness;
    read_levels(entry.value(), nullptr, update);
  }
  return updates_.all();
}

bool Books::takes(const TradeMark& trade) {
  Book* const book = find(trade.symbol);
  if (book == nullptr) return false;
  if (!book->trade_channel.empty()) return book->trade_channel == trade.channel;
  book->trade_channel = trade.channel;
  return !has_seen(*book, trade);
}

/// Before the image there is no telling but by the era: until 2022 the last trade came at once.
bool Books::has_seen(const Book& book, const TradeMark& trade) {
  if (book.image_number && trade.number) return *trade.number <= *book.image_number;
  if (book.image_time && trade.time) return *trade.time <= *book.image_time;
  return !trade.number;
}

bool Books::has_book(const std::string& symbol) const {
  const auto found = books_.find(symbol);
  return found != books_.end() && !found->second.waits;
}

Books::Numbers Books::read_levels(value content, SizeTexts* sizes, BookUpdate& update) {
  Numbers numbers;
  bool has_bids = false, has_asks = false;
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "bids") has_bids = true, read_level_rows(part, Side::bid, update, sizes);
    if (key == "asks") has_asks = true, read_level_rows(part, Side::ask, update, sizes);
    if (key == "ts") update.time = time_of_milliseconds(part.get_uint64_in_string());
    if (key == "seqId") numbers.own = part.get_int64().value();
    if (key == "prevSeqId") numbers.previous = part.get_int64().value();
    if (key == "checksum") update.checksum = static_cast<std::uint32_t>(part.get_int64().value());
  }
  if (!has_bids || !has_asks) throw BadFrame{"a book without bids or asks"};
  if (numbers.own && *numbers.own >= 0) update.number = static_cast<std::uint64_t>(*numbers.own);
  return numbers;
}

void Books::read_update(value content, Book& book, BookUpdate& update) {
  if (update.kind == BookUpdate::Kind::image) book.checksum.sizes.clear();
  const Numbers numbers = read_levels(content, &book.checksum.sizes, update);
  if (update.checksum != 0) update.checksum_rule = &book.checksum;
  if (update.kind == BookUpdate::Kind::image)
    begin(book, numbers, update);
  else
    go_on(book, numbers, update);
}

void Books::begin(Book& book, const Numbers& numbers, BookUpdate& update) {
  book.number = book.image_number = numbers.own;
  book.image_time = update.time;
  // What changes leave of it later cannot be told from a whole book.
  if (update.levels.empty() && update.lost.empty()) update.lost = "a snapshot without levels";
  book.waits = !update.lost.empty();
}

void Books::go_on(Book& book, const Numbers& numbers, BookUpdate& update) {
  if (book.waits) return;
  const bool follows = numbers.previous == book.number;
  if (numbers.previous && book.number)
    update.order = follows ? BookUpdate::Order::follows : BookUpdate::Order::breaks;
  const auto told = [](std::optional<std::int64_t> number) {
    return number ? std::to_string(*number) : std::string{"no number"};
  };
  if (!follows)
    update.lost = "changes that follow " + told(numbers.previous) + ", where " + told(book.number) +
                  " was the update before";
  book.number = numbers.own;
  book.waits = !update.lost.empty();
}

}  // namespace obkit::feed::okx
