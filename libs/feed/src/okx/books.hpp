#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <simdjson.h>

#include "obkit/core/level_update.hpp"
#include "obkit/core/time.hpp"

#include "../checksum_text.hpp"
#include "../update_list.hpp"

namespace obkit::feed::okx {

/// CRC-32 of `bid price:bid size:ask price:ask size:…`, the best 25 of each side, texts as sent.
class Checksum final : public ChecksumRule {
 public:
  [[nodiscard]] std::size_t levels() const override;
  [[nodiscard]] std::uint32_t checksum(std::span<const PriceLevel> bids,
                                       std::span<const PriceLevel> asks) const override;

  SizeTexts sizes{SizeTexts::Digits::shortest};

 private:
  void append(Side side, const PriceLevel& level) const;

  mutable std::string text_;  ///< its memory is used again
};

/// Whether the channel's frames are whole books and their changes.
[[nodiscard]] bool is_book_channel(std::string_view channel);

/// What is known of the books of all symbols: which channel a book comes from, and its last number.
class Books {
 public:
  /// Of these symbols; none: of all.
  explicit Books(const std::vector<std::string>& symbols);

  /// A connection begins.
  void open();

  /// Reads the `data` of a message of such a channel. The updates are valid until the next call;
  /// there are none of a symbol that is not wanted, or of a second channel of it. Throws BadFrame
  /// and simdjson_error.
  [[nodiscard]] std::span<const BookUpdate> read(std::string_view channel, std::string_view symbol,
                                                 std::string_view action,
                                                 simdjson::ondemand::value data);
  /// The same of a channel of best levels alone: witnesses of the symbol's book.
  [[nodiscard]] std::span<const BookUpdate> read_witnesses(std::string_view symbol,
                                                           simdjson::ondemand::value data);
  /// Where a trade is in the exchange's order.
  struct TradeMark {
    std::string_view channel, symbol;
    std::optional<std::int64_t> number;  ///< the one that books have, too
    std::optional<Timestamp> time;
  };
  /// Whether a trade is wanted and new: of the symbol's first channel of trades, and not the last
  /// one before the subscription, which the exchange may send as if it were live.
  [[nodiscard]] bool takes(const TradeMark& trade);
  /// Whether a book of the symbol stands.
  [[nodiscard]] bool has_book(const std::string& symbol) const;

 private:
  struct Book {
    std::string channel = {};                 ///< empty: no snapshot came yet
    std::optional<std::int64_t> number = {};  ///< of the last update, where updates have numbers
    bool waits = true;                        ///< for a snapshot
    std::optional<std::int64_t> image_number = {};
    std::optional<Timestamp> image_time = {};
    std::string trade_channel = {};  ///< empty: no trade came yet
    Checksum checksum = {};
  };
  struct Numbers {
    std::optional<std::int64_t> own, previous;
  };

  [[nodiscard]] Book* find(std::string_view symbol);
  static Numbers read_levels(simdjson::ondemand::value content, SizeTexts* sizes,
                             BookUpdate& update);
  static void read_update(simdjson::ondemand::value content, Book& book, BookUpdate& update);
  static void begin(Book& book, const Numbers& numbers, BookUpdate& update);
  [[nodiscard]] static bool has_seen(const Book& book, const TradeMark& trade);
  static void go_on(Book& book, const Numbers& numbers, BookUpdate& update);

  bool takes_all_;
  std::unordered_map<std::string, Book> books_;
  std::string symbol_;
  UpdateList updates_;
};

}  // namespace obkit::feed::okx
