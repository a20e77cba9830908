#include "book_data.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "obkit/core/digits.hpp"

#include "../json/compact_cursor.hpp"
#include "../json/json_value.hpp"

namespace obkit::feed::deribit {
namespace {

/// Since 1970; in nanoseconds they must fit 63 bits.
constexpr std::uint64_t latest_milliseconds = 9'000'000'000'000;

using simdjson::ondemand::value;
using Action = LevelChange::Action;

Action action_of(std::string_view text) {
  if (text == "new") return Action::set;
  if (text == "change") return Action::update;
  if (text == "delete") return Action::remove;
  throw BadFrame{"an unknown action"};
}

/// `["new",83958.0,3780.0]`. A "change" of a level that is not there shows that the book is not the
/// exchange's, although the chain of numbers holds: an empty snapshot can begin one.
void read_level(value content, Side side, BookUpdate& update) {
  LevelChange level{.action = {}, .side = side, .id = 0, .price = {}, .size = {}};
  std::size_t at = 0;
  for (auto cell : content.get_array()) {
    if (at == 0) level.action = action_of(cell.get_string());
    if (at == 1) level.price = price_of(cell.value(), update.lost);
    if (at == 2 && level.action != Action::remove) level.size = size_of(cell.value());
    ++at;
  }
  if (at != 3) throw BadFrame{"a level that is not action, price, amount"};
  if (!level.price) return;  // the book is lost
  level.id = level_id(side, *level.price);
  if (level.size == 0.0) level.action = Action::set;  // which leaves no level
  update.levels.push_back(level);
}

void read_side(value content, Side side, BookUpdate& update) {
  for (auto level : content.get_array()) read_level(level.value(), side, update);
}

Timestamp time_of(value content) { return time_of_milliseconds(content.get_uint64()); }

}  // namespace

std::string_view instrument_of(std::string_view channel) {
  constexpr std::string_view prefix = "book.";
  if (!channel.starts_with(prefix)) return {};
  channel.remove_prefix(prefix.size());
  const std::size_t dot = channel.find('.');
  // book.X.none.20.100ms is another channel: a window of the book, without numbers.
  const bool is_whole = dot != std::string_view::npos && channel.rfind('.') == dot;
  return is_whole ? channel.substr(0, dot) : std::string_view{};
}

void read_book(value data, std::string_view instrument, BookData& book) {
  BookUpdate& update = book.update;
  update = {.kind = BookUpdate::Kind::changes,
            .symbol = std::string{instrument},
            .levels = std::move(update.levels)};
  update.levels.clear();
  book.previous.reset();
  std::optional<std::uint64_t> number;
  std::string_view type;
  bool has_bids = false, has_asks = false;
  for (auto field : data.get_object()) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (key == "timestamp") update.time = time_of(content);
    if (key == "type") type = content.get_string();
    if (key == "change_id") number = content.get_uint64().value();
    if (key == "prev_change_id") book.previous = content.get_uint64().value();
    if (key == "bids") has_bids = true, read_side(content, Side::bid, update);
    if (key == "asks") has_asks = true, read_side(content, Side::ask, update);
  }
  if (!number || !has_bids || !has_asks) throw BadFrame{"a book without change_id, bids or asks"};
  book.number = *number;
  // Before 2021 there was no type.
  const bool begins = !book.previous || *book.previous == 0;
  const bool is_image = type.empty() ? begins : type == "snapshot";
  if (!is_image && type != "change" && !type.empty()) throw BadFrame{"an unknown type of book"};
  if (!is_image && !book.previous) throw BadFrame{"a change without prev_change_id"};
  if (is_image) update.kind = BookUpdate::Kind::image;
}

namespace {

/// `[83958.0,3780.0]` each.
void read_pairs(value rows, Side side, BookUpdate& witness) {
  for (auto row : rows.get_array()) {
    std::size_t count = 0;
    std::optional<Price> price;
    double size = 0;
    for (auto cell : row.get_array()) {
      if (count == 0) price = price_of(cell.value(), witness.lost);
      if (count == 1) size = size_of(cell.value());
      ++count;
    }
    if (!price || count != 2) throw BadFrame{"a level that is not price and amount"};
    witness.levels.push_back(level_of(side, *price, size));
  }
}

}  // namespace

void read_witness(value result, BookUpdate& witness) {
  witness = {.kind = BookUpdate::Kind::witness, .levels = std::move(witness.levels)};
  witness.levels.clear();
  bool has_bids = false, has_asks = false;
  for (auto field : result.get_object()) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (key == "instrument_name") witness.symbol = std::string{content.get_string().value()};
    if (key == "timestamp") witness.time = time_of(content);
    if (key == "change_id") witness.number = content.get_uint64().value();
    if (key == "bids") has_bids = true, read_pairs(content, Side::bid, witness);
    if (key == "asks") has_asks = true, read_pairs(content, Side::ask, witness);
  }
  if (witness.symbol.empty() || !witness.number || !has_bids || !has_asks)
    throw BadFrame{"an order book without its name, change_id, bids or asks"};
}

namespace {

using Decimal = CompactCursor::Decimal;

constexpr int number_digits = 18;

constexpr WordChoice action_texts{"new\"", "change\"", "delete\""};
constexpr std::array<Action, 3> actions{Action::set, Action::update, Action::remove};

/// Empty where it is no whole number of billionths, or too large for a book.
[[gnu::always_inline]] inline std::optional<Price> exact_price(const Decimal& number) {
  const int power = Price::max_decimals - number.decimals + number.exponent;
  std::int64_t units = 0;
  if (power < 0 || power >= static_cast<int>(powers_of_ten.size()) ||
      __builtin_mul_overflow(number.digits, powers_of_ten[static_cast<std::size_t>(power)], &units))
    return std::nullopt;
  const Price price = Price::from_units(
      units, std::clamp(number.decimals - number.exponent, 0, Price::max_decimals));
  return is_in_range(price) ? std::optional{price} : std::nullopt;
}

/// The data of one message.
class CompactData {
 public:
  CompactData(CompactCursor cursor, BookData& book)
      : cursor_{cursor}, book_{book}, update_{book.update} {}

  /// Behind its `{`, to the end of the message.
  bool read() {
    do {
      if (!cursor_.take('"') || !read_field()) return false;
    } while (cursor_.take(','));
    return cursor_.take("}}}") && cursor_.at_end() && seen_ == all;
  }

 private:
  enum Field : unsigned { timestamp = 1, type = 2, number = 4, previous = 8, bids = 16, asks = 32 };
  static constexpr unsigned all = 63;

  bool read_field() {
    switch (cursor_.peek()) {
      case 't':
        if (cursor_.take("timestamp\":")) return see(timestamp) && read_time();
        return cursor_.take(R"(type":"change")") && see(type);
      case 'c':
        return cursor_.take("change_id\":") && see(number) && read_number();
      case 'p':
        return cursor_.take("prev_change_id\":") && see(previous) && read_previous();
      case 'i':
        return cursor_.take("instrument_name\":\"") && cursor_.text();
      case 'b':
        return cursor_.take("bids\":[") && see(bids) && read_side(Side::bid);
      case 'a':
        return cursor_.take("asks\":[") && see(asks) && read_side(Side::ask);
      default:
        return false;
    }
  }

  /// Whether it is there for the first time.
  bool see(Field field) {
    const bool is_first = (seen_ & field) == 0;
    seen_ |= field;
    return is_first;
  }

  bool read_number() {
    const auto whole = cursor_.whole_number(number_digits);
    if (whole) book_.number = *whole;
    return whole.has_value();
  }
  bool read_previous() {
    book_.previous = cursor_.whole_number(number_digits);
    return book_.previous.has_value();
  }

  bool read_time() {
    const auto milliseconds = cursor_.whole_number(number_digits);
    if (!milliseconds || *milliseconds > latest_milliseconds) return false;
    update_.time = Timestamp{std::chrono::milliseconds{*milliseconds}};
    return true;
  }

  bool read_side(Side side) {
    if (cursor_.take(']')) return true;
    CompactCursor cursor = cursor_;  // a copy that nobody else sees stays in registers
    do {
      if (!read_level(cursor, side)) return false;
    } while (cursor.take(','));
    cursor_ = cursor;
    return cursor_.take(']');
  }

  /// `["new",83958.0,3.78e3]`
  [[gnu::always_inline]] bool read_level(CompactCursor& cursor, Side side) {
    if (!cursor.take("[\"")) return false;
    const auto action = cursor.take_one_of(action_texts);
    if (!action || !cursor.take(',')) return false;
    const auto price_number = cursor.decimal();
    if (!price_number || !cursor.take(',')) return false;
    const auto price = exact_price(*price_number);
    const auto size_number = cursor.decimal();
    if (!price || !size_number || !cursor.take(']')) return false;
    const auto size = scaled(size_number->digits, size_number->exponent - size_number->decimals);
    if (!size) return false;
    LevelChange& level = update_.levels.emplace_back();
    level.action = actions[*action];
    level.side = side;
    level.price = *price;
    level.id = level_id(side, *price);
    if (level.action == Action::remove) return true;
    level.size = *size;
    if (*size == 0) level.action = Action::set;  // which leaves no level
    return true;
  }

  CompactCursor cursor_;
  BookData& book_;
  BookUpdate& update_;
  unsigned seen_ = 0;
};

}  // namespace

bool CompactBook::read(std::string_view text, BookData& book) {
  CompactCursor cursor{text};
  if (!cursor.take(R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")"))
    return false;
  if (!cursor.take_text(channel_)) {
    const auto channel = cursor.text();
    if (!channel || instrument_of(*channel).empty()) return false;
    channel_ = *channel;
    instrument_ = instrument_of(channel_);
  }
  if (!cursor.take(R"(,"data":{)")) return false;
  BookUpdate& update = book.update;
  update.kind = BookUpdate::Kind::changes;
  update.symbol = instrument_;
  update.lost.clear();
  update.levels.clear();
  return CompactData{cursor, book}.read();
}

}  // namespace obkit::feed::deribit
