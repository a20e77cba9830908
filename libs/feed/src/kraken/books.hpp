#pragma once

#include <array>
#include <cstddef>
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

namespace obkit::feed::kraken {

/// Levels a side that can be asked for.
inline constexpr std::array<std::size_t, 5> windows{10, 25, 100, 500, 1000};
/// The smallest that holds so many, else the largest.
[[nodiscard]] std::size_t window_for(std::size_t levels);

/// CRC-32 of the ten lowest asks, then the ten highest bids. Of each level the price and the size,
/// all digits as sent, without the point and the zeros before.
class Checksum final : public ChecksumRule {
 public:
  [[nodiscard]] std::size_t levels() const override;
  [[nodiscard]] std::uint32_t checksum(std::span<const PriceLevel> bids,
                                       std::span<const PriceLevel> asks) const override;

  SizeTexts sizes{SizeTexts::Digits::fixed};

 private:
  void append(Side side, const PriceLevel& level) const;
  void append_number() const;

  mutable std::string text_, number_;  ///< their memory is used again
};

/// What is known of the books of all symbols.
class Books {
 public:
  struct Book {
    std::size_t window = 0;  ///< 0: not told
    Checksum checksum = {};

    /// Where the window was not told: the smallest that holds the image.
    void expect_window_of(const BookUpdate& image);
  };

  /// Of these symbols; none: of all.
  explicit Books(const std::vector<std::string>& symbols);

  /// A connection begins.
  void open();
  /// A subscription was acknowledged, with so many levels.
  void set_window(std::string_view symbol, std::size_t levels);

  /// Reads the `data` of a message of the channel: the updates are valid until the next call. Their
  /// kind is not known until tell(). Throws BadFrame and simdjson_error.
  void read(simdjson::ondemand::value data);
  /// Of what was read: the updates of symbols that are wanted, as the message's type has them.
  [[nodiscard]] std::span<const BookUpdate> tell(std::string_view type);

  /// Null for a symbol that is not wanted.
  [[nodiscard]] Book* find(const std::string& symbol);

 private:
  /// What an entry has besides its update.
  struct Entry {
    std::vector<std::string_view> sizes;  ///< of its levels, in the text of the message
    bool has_checksum = false;
  };

  void read_entry(simdjson::ondemand::value content, BookUpdate& update, Entry& entry);
  void read_side(simdjson::ondemand::value rows, Side side, BookUpdate& update, Entry& entry);
  static void complete(Book& book, BookUpdate& update, const Entry& entry);

  bool takes_all_;
  std::unordered_map<std::string, Book> books_;
  IsoReader times_;
  UpdateList updates_;
  std::vector<Entry> entries_;  ///< as many as updates, or more
};

}  // namespace obkit::feed::kraken
