#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"

namespace obkit::store {

/// What a writer decides about a line beyond its book.
struct BookLineHead {
  DateTime time;
  bool gap = false;
  std::string_view symbol = {};  ///< written where not empty: several symbols share a stream
};

/// Appends the book as a line of a day-file, with its `\n`; `head` stands for the book's own time
/// and gap. Prices keep their decimals. Pre: volumes are finite.
void append_book_line(std::string& out, const BookLineHead& head, const OrderBook& book);

/// Numbers as texts, a comma behind each, that can be taken over one by one.
class NumberTexts {
 public:
  void clear();
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// `5,17,9`: all of them.
  [[nodiscard]] std::string_view joined() const;

  /// Adds one that `format(std::string& out)` appends.
  template <class Format>
  void add(Format format) {
    format(text_);
    text_ += ',';
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  }
  /// Adds `count` of another's, from its number `first` on.
  void add_from(const NumberTexts& other, std::size_t first, std::size_t count);
  /// Puts `number` in the place of one.
  void replace(std::size_t at, std::string_view number);

 private:
  [[nodiscard]] std::uint32_t begin_of(std::size_t at) const { return at > 0 ? ends_[at - 1] : 0; }

  std::string text_;
  std::vector<std::uint32_t> ends_;  ///< behind the comma
};

/// Writes lines as append_book_line() does, and formats only levels that the line before did not
/// have: mostly few change from book to book.
class BookLineWriter {
 public:
  void append(std::string& out, const BookLineHead& head, const OrderBook& book);

 private:
  /// A book with its texts.
  struct Known {
    std::vector<Price> prices;
    std::vector<double> volumes;
    NumberTexts price_texts, volume_texts;
  };

  /// Neighbouring levels that stood side by side in the line before, too; or one that did not.
  struct Run {
    std::size_t at, source, count;
    bool is_known;
  };

  void renew_volumes(const OrderBook& book);
  void renew_levels(const OrderBook& book);
  void find_runs(const OrderBook& book, std::size_t begin, std::size_t end);
  void add_known_volumes(const OrderBook& book, const Run& run);

  Known last_, next_;
  std::vector<Run> runs_;
  std::string number_;
};

}  // namespace obkit::store
