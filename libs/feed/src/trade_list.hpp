#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/price.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/trade.hpp"

namespace obkit::feed {

/// What a message says of one trade, whatever the order of its keys. Texts are valid as long as
/// those of the message.
struct TradeRow {
  std::string_view symbol;
  std::optional<Timestamp> time = {};
  std::optional<Price> price = {};
  std::optional<double> size = {};
  std::optional<Aggressor> aggressor = {};
  std::string_view id = {};  ///< empty: the digits of the number
  std::optional<std::uint64_t> number = {};
  std::uint64_t fills = 1;
  std::string_view off = {};  ///< as Trade::off
  std::string lost = {};      ///< of a price that no Price holds: its book is lost, too
};

/// The trades of one message, by symbol. Memory is reused from message to message.
class TradeList {
 public:
  void clear();
  /// A price that no Price holds leaves its row out. Throws BadFrame for a row without symbol,
  /// time, price or size.
  void add(const TradeRow& row);
  /// Of feeds that tell the newest first.
  void sort_by_number();

  [[nodiscard]] std::span<TradeUpdate> all() { return {updates_.data(), count_}; }
  /// One more, with the trades of the one at `index`, for those who know them by another name.
  void repeat(std::size_t index, const std::string& symbol);

 private:
  [[nodiscard]] TradeUpdate& update_of(std::string_view symbol);
  [[nodiscard]] TradeUpdate* find(std::string_view symbol);
  TradeUpdate& append(std::string_view symbol);
  /// To be filled.
  [[nodiscard]] Trade take_spare();

  std::vector<TradeUpdate> updates_;
  std::size_t count_ = 0;
  std::vector<Trade> spare_;                                ///< whose texts have memory
  std::map<std::string, std::size_t, std::less<>> places_;  ///< by symbol, where there are many
};

/// Of a word that is one of the two. Throws BadFrame for any other.
[[nodiscard]] Aggressor aggressor_of(std::string_view word, std::string_view buy,
                                     std::string_view sell);

/// Of an id that is nothing but digits.
[[nodiscard]] std::optional<std::uint64_t> number_of_id(std::string_view id);

}  // namespace obkit::feed
