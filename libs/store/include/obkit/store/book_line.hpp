#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/tracked_book.hpp"

namespace obkit::store {

/// What a writer decides about a line beyond its book.
struct BookLineHead {
  DateTime time;
  bool gap = false;
  /// Written, escaped, where not empty: several symbols share a stream.
  std::string_view symbol = {};
};

/// Appends the book as a line of a day-file, with its `\n`; `head` stands for the book's own time
/// and gap. Prices keep their decimals. Pre: volumes are finite.
void append_book_line(std::string& out, const BookLineHead& head, const OrderBook& book);

/// Numbers of a side as texts, which can be set and taken over one by one.
class NumberTexts {
 public:
  [[nodiscard]] std::size_t size() const { return cells_.size(); }
  void resize(std::size_t size);

  /// Pre: it has at most 30 characters; no price and no double has more.
  void set(std::size_t at, std::string_view number);
  void set(std::size_t at, double number);
  /// Moves `count` of them from one place to another.
  void move(std::size_t at, std::size_t from, std::size_t count) {
    std::memmove(&cells_[at], &cells_[from], count * sizeof(Cell));
    is_changed_ = true;
  }

  /// Since they were written.
  [[nodiscard]] bool is_changed() const { return is_changed_; }
  /// Writes all of them, `5,17,9,`; returns where they end. Behind it up to most_characters are
  /// written over.
  char* write(char* at);

  static constexpr std::size_t most_characters = 32;

 private:
  /// Of one size, so that to set one moves no other; copied in one go, whatever its length.
  struct Cell {
    std::array<char, most_characters - 1> text{};
    std::uint8_t size = 0;  ///< with the comma behind it
  };

  std::vector<Cell> cells_;
  bool is_changed_ = true;
  std::string long_text_;  ///< of a number that is not whole
};

/// Writes books as lines, one after the other.
class BookLines {
 public:
  BookLines() = default;
  BookLines(const BookLines&) = delete;
  BookLines& operator=(const BookLines&) = delete;
  virtual ~BookLines() = default;

  /// Appends one line with its `\n`. `head` stands for the book's own time and gap.
  /// Pre: volumes are finite.
  virtual void append(std::string& out, const BookLineHead& head, BookView book) = 0;
};

/// Writes lines as append_book_line() does, and formats only levels that the line before did not
/// have: mostly few change from book to book.
///
/// Any book may follow any other. Of a TrackedBook whose revision before was written last, only
/// what its change() names is looked at; all else is compared with the line before.
class BookLineWriter final : public BookLines {
 public:
  void append(std::string& out, const BookLineHead& head, BookView book) override;

 private:
  struct Half {
    void move(std::size_t at, std::size_t from, std::size_t count) {
      prices.move(at, from, count);
      volumes.move(at, from, count);
    }

    NumberTexts prices, volumes;
  };

  /// Neighbouring levels whose prices stood side by side in the line before, too.
  struct Run {
    std::size_t at, source, count;
  };

  void renew(BookView book);
  void renew_changed(BookView book, const TrackedBook::Revision& before);
  void renew_all(const OrderBook& book);
  void renew_part(const OrderBook& book, const BookChange::Part& part);
  void renew_volume(const OrderBook& book, std::size_t at);
  void renew_volumes(const OrderBook& book, std::size_t begin, std::size_t end);
  void renew_levels(const OrderBook& book, std::size_t begin, std::size_t end);
  void find_runs(const OrderBook& book, std::size_t begin, std::size_t end);
  void renew_run(Half& half, std::size_t first, const OrderBook& book, const Run& run);
  void set_level(Half& half, std::size_t first, const OrderBook& book, std::size_t at);
  std::string_view line(const BookLineHead& head, const OrderBook& book);
  void make_room(std::size_t symbol);
  char* write_numbers();
  /// Of a position.
  [[nodiscard]] std::size_t half_of(std::size_t at) const { return at < middle() ? 0 : 1; }
  [[nodiscard]] std::size_t middle() const { return prices_.size() / 2; }

  std::vector<Price> prices_;  ///< of the line before
  std::vector<double> volumes_;
  std::array<Half, 2> halves_;
  TrackedBook::Revision revision_;  ///< of its book, where that is tracked

  /// The line before. Its numbers stay where they are and those that are the same are left alone;
  /// what is before them is written backwards from there.
  std::vector<char> line_;
  std::array<std::size_t, 4> ends_{};  ///< in line_, of the lists of numbers

  std::vector<Run> runs_;
  std::string price_;
  std::string symbol_, escaped_symbol_;  ///< of the line before
};

/// Times that never go back: one that would becomes the last one again, and is counted.
template <class Time>
class SteadyTimeOf {
 public:
  Time next(Time time) {
    if (time < last_) {
      ++clamped_;
      return last_;
    }
    return last_ = time;
  }
  /// No time before `time` will be given out.
  void raise_to(Time time) {
    if (last_ < time) last_ = time;
  }
  [[nodiscard]] std::uint64_t clamped() const { return clamped_; }

 private:
  Time last_{};
  std::uint64_t clamped_ = 0;
};
using SteadyTime = SteadyTimeOf<DateTime>;

}  // namespace obkit::store
