#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"

#include "kernels/number_list.hpp"

namespace obkit::store {

/// The list of prices of a line before, which most often comes again: only sizes change.
///
/// Looks no more once prices did not come again for a while, as in lines in random order; then now
/// and again.
class RepeatedPrices {
 public:
  /// Whether `text`, from behind the `[` on, begins with the same list. Copies the prices to `out`
  /// and the length of the list's text to `length`.
  [[nodiscard]] bool find(std::string_view text, std::size_t& length, std::vector<Price>& out);
  /// Remembers a list, where that is of use.
  void note(std::string_view text, const std::vector<Price>& prices);

 private:
  static constexpr std::uint64_t patience = 32, rest = 256;

  std::string text_;  ///< with the `]`
  std::vector<Price> prices_;
  std::uint64_t lists_ = 0, last_hit_ = 0;
};

/// The fast way through a line of a day-file: keys and white space as obkit writes them, or as the
/// original did (a blank behind each comma and colon).
///
/// It takes nothing that JsonLine would refuse, and reads the same book. What it does not take may
/// still be a good line: JsonLine has the last word.
class PlainLine {
 public:
  /// What the lines before have settled.
  struct Expected {
    std::size_t depth = 0;         ///< 0: not known yet
    std::string_view symbol = {};  ///< of the key "symbol"; empty: none was there
  };

  /// Whether it took the line; otherwise `book` holds anything. Reads up to LineReader::padding
  /// bytes behind the line.
  [[nodiscard]] bool read(std::string_view line, const Expected& expected, OrderBook& book);

 private:
  template <bool blanks>
  bool read_keys(std::string_view line, const Expected& expected, OrderBook& book);
  bool is_date(int date);
  /// Behind `[`; where the `]` stands, 0 when it does not take them.
  std::size_t take_prices(std::string_view text, kernels::NumberList::Blanks blanks,
                          std::vector<Price>& out);
  bool convert_prices(std::vector<Price>& out);
  bool take_volumes(std::vector<double>& out);

  kernels::NumberList prices_, volumes_;
  RepeatedPrices repeated_;
  int known_date_ = 0;  ///< one that exists; 0: none yet
};

}  // namespace obkit::store
