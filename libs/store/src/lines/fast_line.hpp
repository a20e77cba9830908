#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "kernels/number_list.hpp"

namespace obkit::store {

/// The text of the prices of a line before, which often come again as they were: only sizes change.
///
/// Does not look for them any more once they did not come again for a while, as in lines in random
/// order; then now and again.
class RepeatedPrices {
 public:
  /// Whether `text`, from behind the `[` of a list on, begins with the list that was noted last.
  /// Returns where its `]` stands; 0: it is another list, and none is noted any more.
  [[nodiscard]] std::size_t find(std::string_view text);
  /// Remembers a list; `text` ends with the `]`.
  void note(std::string_view text);

 private:
  static constexpr std::uint64_t patience = 32, rest = 256;

  std::string text_;  ///< empty: none is noted
  std::uint64_t lists_ = 0, last_repeated_ = 0;
};

/// The fast way through a line of a day-file: keys and white space as obkit writes them, or as the
/// original did (a blank behind each comma and colon).
///
/// It takes nothing that JsonLine would refuse, and reads the same book. What it does not take may
/// still be a good line: JsonLine has the last word.
///
/// The book is its own: prices that come again stand there already.
class FastLine {
 public:
  /// What the lines before have settled.
  struct Expected {
    std::size_t depth = 0;         ///< 0: not known yet
    std::string_view symbol = {};  ///< of the key "symbol"; empty: none was there
  };

  explicit FastLine(Volumes volumes = Volumes::numbers) : wanted_{volumes} {}

  /// Whether it took the line; otherwise book() holds anything. Reads up to LineReader::padding
  /// bytes behind the line.
  [[nodiscard]] bool read(std::string_view line, const Expected& expected);

  [[nodiscard]] const OrderBook& book() const { return book_; }
  void mark_gap() { book_.gap = true; }
  /// As DayFileReader::volumes_text(); a part of the line.
  [[nodiscard]] std::string_view volumes_text() const { return volumes_text_; }

 private:
  template <bool blanks>
  bool read_keys(std::string_view line, const Expected& expected);
  bool is_date(int date);
  // Behind `[`; where the `]` stands, 0 when they are not taken.
  std::size_t take_prices(std::string_view text, kernels::NumberList::Blanks blanks);
  std::size_t take_volumes(std::string_view text, kernels::NumberList::Blanks blanks);
  bool convert_prices();
  std::size_t convert_volumes(std::string_view text, kernels::NumberList::Blanks blanks);

  Volumes wanted_;
  OrderBook book_;
  std::string_view volumes_text_;
  kernels::NumberList prices_, volumes_;
  RepeatedPrices repeated_prices_;  ///< of those noted, book_ has the prices
  std::optional<int> known_date_;   ///< one that exists
};

}  // namespace obkit::store
