#include "plain_book.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "obkit/core/digits.hpp"

#include "../plain_cursor.hpp"
#include "book_data.hpp"

namespace obkit::feed::deribit {
namespace {

using Action = LevelChange::Action;
using Decimal = PlainCursor::Decimal;

constexpr int number_digits = 18;

constexpr PlainWords action_texts{"new\"", "change\"", "delete\""};
constexpr std::array<Action, 3> actions{Action::set, Action::update, Action::remove};

/// Empty where it is no whole number of billionths.
[[gnu::always_inline]] inline std::optional<Price> price_of(const Decimal& number) {
  const int power = Price::max_decimals - number.decimals + number.exponent;
  std::int64_t units = 0;
  if (power < 0 || power >= static_cast<int>(powers_of_ten.size()) ||
      __builtin_mul_overflow(number.digits, powers_of_ten[static_cast<std::size_t>(power)], &units))
    return std::nullopt;
  return Price::from_units(units,
                           std::clamp(number.decimals - number.exponent, 0, Price::max_decimals));
}

/// The data of one message.
class PlainData {
 public:
  PlainData(PlainCursor cursor, BookUpdate& update) : cursor_{cursor}, update_{update} {}

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
        return cursor_.take("change_id\":") && see(number) && read_number(update_.number);
      case 'p':
        return cursor_.take("prev_change_id\":") && see(previous) && read_number(update_.previous);
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

  bool read_number(std::optional<std::uint64_t>& to) {
    to = cursor_.whole_number(number_digits);
    return to.has_value();
  }

  bool read_time() {
    const auto milliseconds = cursor_.whole_number(number_digits);
    if (!milliseconds || *milliseconds > latest_milliseconds) return false;
    update_.time = Timestamp{std::chrono::milliseconds{*milliseconds}};
    return true;
  }

  bool read_side(Side side) {
    if (cursor_.take(']')) return true;
    PlainCursor cursor = cursor_;  // a copy that nobody else sees stays in registers
    do {
      if (!read_level(cursor, side)) return false;
    } while (cursor.take(','));
    cursor_ = cursor;
    return cursor_.take(']');
  }

  /// `["new",83958.0,3.78e3]`
  [[gnu::always_inline]] bool read_level(PlainCursor& cursor, Side side) {
    if (!cursor.take("[\"")) return false;
    const auto action = cursor.take_one_of(action_texts);
    if (!action || !cursor.take(',')) return false;
    const auto price_number = cursor.decimal();
    if (!price_number || !cursor.take(',')) return false;
    const auto price = price_of(*price_number);
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

  PlainCursor cursor_;
  BookUpdate& update_;
  unsigned seen_ = 0;
};

}  // namespace

bool PlainBook::read(std::string_view text, BookUpdate& update) {
  PlainCursor cursor{text};
  if (!cursor.take(R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":")"))
    return false;
  if (!cursor.take_text(channel_)) {
    const auto channel = cursor.text();
    if (!channel || instrument_of(*channel).empty()) return false;
    channel_ = *channel;
    instrument_ = instrument_of(channel_);
  }
  if (!cursor.take(R"(,"data":{)")) return false;
  update.kind = BookUpdate::Kind::changes;
  update.symbol = instrument_;
  update.levels.clear();
  return PlainData{cursor, update}.read();
}

}  // namespace obkit::feed::deribit
