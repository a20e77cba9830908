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
  /// Puts all of another's in the place of as many.
  void replace_from(std::size_t at, const NumberTexts& other);

 private:
  [[nodiscard]] std::uint32_t begin_of(std::size_t at) const { return at > 0 ? ends_[at - 1] : 0; }

  std::string text_;
  std::vector<std::uint32_t> ends_;  ///< behind the comma
};

/// Writes lines as append_book_line() does, and formats only levels that the line before did not
/// have: mostly few change from book to book.
///
/// Books whose `change` has a number must all be the same one, renewed in place (FullBook::look());
/// what the line before had is then not compared where it cannot differ.
class BookLineWriter {
 public:
  void append(std::string& out, const BookLineHead& head, const OrderBook& book);

 private:
  /// Neighbouring levels that stood side by side in the line before, too; or one that did not.
  struct Run {
    std::size_t at, source, count;
    bool is_known;
  };

  void renew(const OrderBook& book);
  void renew_all(const OrderBook& book);
  void renew_part(const OrderBook& book, const BookChange::Part& part);
  void renew_volumes(const OrderBook& book, std::size_t begin, std::size_t end);
  void renew_levels(const OrderBook& book, std::size_t begin, std::size_t end);
  void find_runs(const OrderBook& book, std::size_t begin, std::size_t end);
  void add_known_volumes(const OrderBook& book, const Run& run);

  std::vector<Price> prices_;  ///< of the line before
  std::vector<double> volumes_;
  NumberTexts price_texts_, volume_texts_;
  std::uint64_t number_ = 0;  ///< of its book's change

  std::vector<Run> runs_;
  NumberTexts part_prices_, part_volumes_;
  std::string digits_;
};

}  // namespace obkit::store
