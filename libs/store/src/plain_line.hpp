#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"

#include "kernels/number_list.hpp"
#include "repeated_prices.hpp"

namespace obkit::store {

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
  std::size_t take_volumes(std::string_view text, kernels::NumberList::Blanks blanks,
                           std::vector<double>& out);

  kernels::NumberList prices_, volumes_;
  RepeatedPrices repeated_prices_;
  int known_date_ = 0;  ///< one that exists; 0: none yet
};

}  // namespace obkit::store
