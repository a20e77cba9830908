#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "obkit/core/order_book.hpp"
#include "obkit/core/price.hpp"
#include "obkit/store/json_line.hpp"

/// The format of a day-file's line (docs/formats.md): its keys, their order, and how long it can
/// be. The writer, the fast reader and the reader of any JSON all use these tables.
namespace obkit::store::line_format {

/// An optional key that holds a whole number. Such keys stand behind the lists, in this order.
struct NumberKey {
  std::string_view name;
  std::string_view expected;  ///< for messages: "nanoseconds since 1970"
  std::optional<std::int64_t> (*get)(const OrderBook& book);
  void (*set)(OrderBook& book, std::optional<std::int64_t> value);
};

inline constexpr std::array number_keys{
    NumberKey{.name = "recv",
              .expected = "nanoseconds since 1970",
              .get = [](const OrderBook& book) -> std::optional<std::int64_t> {
                if (!book.recv) return std::nullopt;
                return book.recv->time_since_epoch().count();
              },
              .set =
                  [](OrderBook& book, std::optional<std::int64_t> value) {
                    book.recv.reset();
                    if (value) book.recv = Timestamp{std::chrono::nanoseconds{*value}};
                  }},
};

/// Indices into `keys`; number_keys follow from first_number on.
enum Key : std::size_t { date, time, prices, volumes, gap, symbol, first_number };

inline constexpr auto keys = [] {
  std::array<JsonKey, first_number + number_keys.size()> all{
      {{"date", true}, {"time", true}, {"prices", true}, {"volumes", true}, {"gap"}, {"symbol"}}};
  for (std::size_t i = 0; i < number_keys.size(); ++i)
    all[first_number + i].name = number_keys[i].name;
  return all;
}();
static_assert(keys[date].name == "date" && keys[time].name == "time" &&
              keys[prices].name == "prices" && keys[volumes].name == "volumes" &&
              keys[gap].name == "gap" && keys[symbol].name == "symbol");

/// What stands before a value: `,"recv":`, or with blanks, as the original wrote it, `, "recv": `.
class KeyText {
 public:
  constexpr KeyText() = default;
  constexpr KeyText(std::string_view before, std::string_view name, std::string_view behind,
                    bool blanks) {
    add(before);
    if (blanks && before.ends_with(',')) add(" ");
    add("\"");
    add(name);
    add(blanks ? "\": " : "\":");
    add(behind);
  }

  // NOLINTNEXTLINE(google-explicit-constructor): it is a text that owns its characters
  constexpr operator std::string_view() const { return {text_.data(), size_}; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }

 private:
  constexpr void add(std::string_view text) {
    for (const char c : text) text_[size_++] = c;
  }

  std::array<char, 40> text_{};
  std::size_t size_ = 0;
};

/// The texts of all keys, in the order of the line.
template <bool blanks>
struct Texts {
  KeyText date{"{", keys[line_format::date].name, "", blanks};
  KeyText time{",", keys[line_format::time].name, "", blanks};
  KeyText prices{",", keys[line_format::prices].name, "[", blanks};
  KeyText volumes{"],", keys[line_format::volumes].name, "[", blanks};
  std::array<KeyText, number_keys.size()> numbers = [] {
    std::array<KeyText, number_keys.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = KeyText{",", number_keys[i].name, "", blanks};
    return all;
  }();
  KeyText gap{",", keys[line_format::gap].name, "true", blanks};
  KeyText symbol{",", keys[line_format::symbol].name, "\"", blanks};
};
template <bool blanks>
inline constexpr Texts<blanks> texts;

/// Characters of the longest numbers with their sign: of a date or time, and of a NumberKey.
inline constexpr std::size_t longest_date = std::numeric_limits<int>::digits10 + 2,
                             longest_number = std::numeric_limits<std::int64_t>::digits10 + 2;

/// Characters before the first price, at least and at most.
inline constexpr std::size_t shortest_start =
    texts<false>.date.size() + texts<false>.time.size() + texts<false>.prices.size() + 2;
inline constexpr std::size_t longest_start = shortest_start - 2 + 2 * longest_date;

/// Characters behind the last volume at most, but for the symbol itself; with the `\n`.
inline constexpr std::size_t longest_end = [] {
  std::size_t size = std::string_view{"]\"}\n"}.size();
  for (const KeyText& number : texts<false>.numbers) size += number.size() + longest_number;
  return size + texts<false>.gap.size() + texts<false>.symbol.size();
}();

}  // namespace obkit::store::line_format
