#include "obkit/store/book_line.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "obkit/core/digits.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/json_line.hpp"

#include "lines/line_format.hpp"

namespace obkit::store {

void NumberTexts::resize(std::size_t size) {
  cells_.assign(size, {});
  is_changed_ = true;
}

void NumberTexts::set(std::size_t at, std::string_view number) {
  Cell& cell = cells_[at];
  assert(number.size() < cell.text.size());
  number.copy(cell.text.data(), number.size());
  cell.text[number.size()] = ',';
  cell.size = static_cast<std::uint8_t>(number.size() + 1);
  is_changed_ = true;
}

void NumberTexts::set(std::size_t at, double number) {
  constexpr double end = 1e15;
  const auto whole = number >= 0 && number < end ? static_cast<std::uint64_t>(number) : 0;
  // Of a negative zero the bits differ.
  if (std::bit_cast<std::uint64_t>(static_cast<double>(whole)) !=
      std::bit_cast<std::uint64_t>(number)) {
    long_text_.clear();
    append_number(long_text_, number);
    return set(at, long_text_);
  }
  Cell& cell = cells_[at];
  char* const behind = write_digits(cell.text.data(), whole);
  *behind = ',';
  cell.size = static_cast<std::uint8_t>(behind + 1 - cell.text.data());
  is_changed_ = true;
}

char* NumberTexts::write(char* at) {
  constexpr std::size_t usual = 16;
  is_changed_ = false;
  for (const Cell& cell : cells_) {
    std::memcpy(at, cell.text.data(), usual);
    if (cell.size > usual)
      std::memcpy(at + usual, cell.text.data() + usual, cell.text.size() - usual);
    at += cell.size;
  }
  return at;
}

namespace {

/// Volumes that are compared at once.
constexpr std::size_t volume_block = 8;

/// Whether both give the same text.
bool is_same_number(Price a, Price b) { return a == b && a.decimals() == b.decimals(); }
bool is_same_number(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Whether both give the same texts, also where decimals differ.
bool are_same_prices(const std::vector<Price>& a, const std::vector<Price>& b) {
  static_assert(std::has_unique_object_representations_v<Price>);
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Price)) == 0);
}

bool are_same_block(const double* a, const double* b) {
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < volume_block; ++i)
    difference |= std::bit_cast<std::uint64_t>(a[i]) ^ std::bit_cast<std::uint64_t>(b[i]);
  return difference == 0;
}

/// How many of `count` are the same, from the first one on.
std::size_t count_same(const double* a, const double* b, std::size_t count) {
  std::size_t i = 0;
  while (i + volume_block <= count && are_same_block(a + i, b + i)) i += volume_block;
  while (i < count && is_same_number(a[i], b[i])) ++i;
  return i;
}

std::size_t count_same(const Price* a, const Price* b, std::size_t count) {
  std::size_t i = 0;
  while (i < count && is_same_number(a[i], b[i])) ++i;
  return i;
}

using line_format::number_keys;
constexpr const auto& key_texts = line_format::texts<false>;

constexpr std::size_t round_up(std::size_t size) { return (size + 31) / 32 * 32; }

/// Room in a line before its numbers, and behind them but for its symbol.
constexpr std::size_t room_before = round_up(line_format::longest_start),
                      room_behind = round_up(line_format::longest_end);

/// Writes on where there is room.
class LineEnd {
 public:
  explicit LineEnd(char* at) : at_{at} {}

  void add(std::string_view text) { at_ += text.copy(at_, text.size()); }
  void add(std::int64_t number) {
    if (number < 0) *at_++ = '-';
    const auto magnitude = static_cast<std::uint64_t>(number);
    at_ = write_digits(at_, number < 0 ? ~magnitude + 1 : magnitude);
  }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

/// Writes from the end to the beginning.
class LineStart {
 public:
  explicit LineStart(char* at) : at_{at} {}

  void add(std::string_view text) {
    at_ -= text.size();
    text.copy(at_, text.size());
  }
  void add(int number) {
    const std::int64_t wide = number;
    at_ = write_digits_before(at_, static_cast<std::uint64_t>(wide < 0 ? -wide : wide));
    if (wide < 0) *--at_ = '-';
  }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

/// Counts the room that LineStart and LineEnd need.
class RoomCounter {
 public:
  constexpr void add(std::string_view text) { need(size_ += text.size()); }
  constexpr void add(std::int64_t) {
    need(size_ + 1 + room_for_digits);
    size_ += line_format::longest_number;
  }
  constexpr void add(int) { need(size_ += line_format::longest_date); }
  [[nodiscard]] constexpr std::size_t room() const { return room_; }

 private:
  constexpr void need(std::size_t size) { room_ = std::max(room_, size); }

  std::size_t size_ = 0, room_ = 0;
};

/// From its end to its beginning.
template <class Out>
constexpr void add_start(Out& out, DateTime time) {
  out.add(std::string_view{key_texts.prices});
  out.add(time.time);
  out.add(std::string_view{key_texts.time});
  out.add(time.date);
  out.add(std::string_view{key_texts.date});
}

using Numbers = std::array<std::optional<std::int64_t>, number_keys.size()>;

/// `symbol` is escaped.
template <class Out>
constexpr void add_end(Out& out, const Numbers& numbers, bool gap, std::string_view symbol) {
  out.add("]");
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!numbers[i]) continue;
    out.add(std::string_view{key_texts.numbers[i]});
    out.add(*numbers[i]);
  }
  if (gap) out.add(std::string_view{key_texts.gap});
  if (!symbol.empty()) {
    out.add(std::string_view{key_texts.symbol});
    out.add(symbol);
    out.add("\"");
  }
  out.add("}\n");
}

constexpr std::size_t start_room = [] {
  RoomCounter counter;
  add_start(counter, {});
  return counter.room();
}();
constexpr std::size_t end_room = [] {
  constexpr std::string_view symbol = "S";
  RoomCounter counter;
  Numbers numbers;
  numbers.fill(0);
  add_end(counter, numbers, true, symbol);
  return counter.room() - symbol.size();
}();
static_assert(start_room == line_format::longest_start && start_room <= room_before,
              "the start of a line does not fit into its room");
static_assert(end_room == line_format::longest_end && end_room <= room_behind,
              "the end of a line does not fit into its room");
static_assert(NumberTexts::most_characters <= room_behind,
              "NumberTexts::write() writes over more than there is behind the numbers");

}  // namespace

void append_book_line(std::string& out, const BookLineHead& head, const OrderBook& book) {
  BookLineWriter{}.append(out, head, book);
}

void BookLineWriter::append(std::string& out, const BookLineHead& head, BookView book) {
  renew(book);
  out += line(head, *book);
}

std::string_view BookLineWriter::line(const BookLineHead& head, const OrderBook& book) {
  if (head.symbol != symbol_) {
    symbol_ = head.symbol;
    escaped_symbol_ = escaped(symbol_);
  }
  make_room(escaped_symbol_.size());
  LineEnd end{write_numbers()};
  Numbers numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_keys[i].get(book);
  add_end(end, numbers, head.gap, escaped_symbol_);
  LineStart start{line_.data() + room_before};
  add_start(start, head.time);
  return {start.at(), static_cast<std::size_t>(end.at() - start.at())};
}

void BookLineWriter::make_room(std::size_t symbol) {
  const std::size_t room = room_before + 2 * prices_.size() * NumberTexts::most_characters +
                           key_texts.volumes.size() + room_behind + symbol;
  if (line_.size() < room) line_.resize(room);
}

/// Returns where the last number ends. A list that is as it was, where it was, is left alone.
char* BookLineWriter::write_numbers() {
  auto& [bids, asks] = halves_;
  char* const line = line_.data();
  std::size_t at = room_before, list = 0;
  bool has_moved = false;
  const auto write = [&](NumberTexts& numbers) {
    std::size_t& end = ends_[list++];
    if (has_moved || numbers.is_changed()) {
      const std::size_t before = end;
      std::array<char, NumberTexts::most_characters> behind{};
      std::memcpy(behind.data(), line + before, behind.size());
      end = static_cast<std::size_t>(numbers.write(line + at) - line);
      has_moved |= end != before;
      if (!has_moved) std::memcpy(line + end, behind.data(), behind.size());
    }
    at = end;
  };
  write(bids.prices);
  write(asks.prices);
  // The comma behind the last number goes.
  const std::size_t comma = prices_.empty() ? 0 : 1;
  at -= comma;
  at += std::string_view{key_texts.volumes}.copy(line + at, key_texts.volumes.size());
  write(bids.volumes);
  write(asks.volumes);
  return line + at - comma;
}

void BookLineWriter::renew(BookView book) {
  const auto before = std::exchange(revision_, {});  // none, should this throw
  if (prices_.size() != book->depth())
    renew_all(*book);
  else
    renew_changed(book, before);
  if (book.tracked() != nullptr) revision_ = book.tracked()->revision();
}

void BookLineWriter::renew_changed(BookView book, const TrackedBook::Revision& before) {
  const TrackedBook* const tracked = book.tracked();
  if (tracked != nullptr && tracked->revision() == before) return;
  if (tracked != nullptr && before.is_just_before(tracked->revision())) {
    for (const BookChange::Part& part : tracked->change().parts) renew_part(*book, part);
    for (const std::uint32_t at : tracked->change().single_volumes()) renew_volume(*book, at);
    return;
  }
  const bool prices = !are_same_prices(book->prices, prices_);
  renew_part(*book, {.first = 0, .last = middle(), .prices = prices});
  renew_part(*book, {.first = middle(), .last = book->depth(), .prices = prices});
}

void BookLineWriter::renew_all(const OrderBook& book) {
  prices_ = book.prices;
  volumes_ = book.volumes;
  runs_.reserve(prices_.size());
  for (const std::size_t i : {0U, 1U}) {
    const std::size_t first = i * middle(), size = i == 0 ? middle() : prices_.size() - middle();
    for (NumberTexts* const texts : {&halves_[i].prices, &halves_[i].volumes}) texts->resize(size);
    for (std::size_t at = first; at < first + size; ++at) set_level(halves_[i], first, book, at);
  }
}

void BookLineWriter::renew_part(const OrderBook& book, const BookChange::Part& part) {
  if (part.prices)
    renew_levels(book, part.first, part.last);
  else
    renew_volumes(book, part.first, part.last);
}

void BookLineWriter::renew_volume(const OrderBook& book, std::size_t at) {
  const std::size_t half = half_of(at);
  volumes_[at] = book.volumes[at];
  halves_[half].volumes.set(at - half * middle(), volumes_[at]);
}

void BookLineWriter::renew_volumes(const OrderBook& book, std::size_t begin, std::size_t end) {
  const double* const volumes = book.volumes.data();
  for (std::size_t i = begin;; ++i) {
    i += count_same(volumes + i, volumes_.data() + i, end - i);
    if (i == end) return;
    renew_volume(book, i);
  }
}

void BookLineWriter::renew_levels(const OrderBook& book, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  find_runs(book, begin, end);
  Half& half = halves_[half_of(begin)];
  const std::size_t first = half_of(begin) * middle();
  // Runs do not pass each other, so none is written over before it has moved.
  for (const Run& run : runs_)
    if (run.at < run.source) half.move(run.at - first, run.source - first, run.count);
  for (std::size_t i = runs_.size(); i-- > 0;) {
    const Run& run = runs_[i];
    if (run.at > run.source) half.move(run.at - first, run.source - first, run.count);
  }
  std::size_t at = begin;
  for (const Run& run : runs_) {
    for (; at < run.at; ++at) set_level(half, first, book, at);
    renew_run(half, first, book, run);
    at += run.count;
  }
  for (; at < end; ++at) set_level(half, first, book, at);
  const auto from = static_cast<std::ptrdiff_t>(begin), to = static_cast<std::ptrdiff_t>(end);
  std::copy(book.prices.begin() + from, book.prices.begin() + to, prices_.begin() + from);
  std::copy(book.volumes.begin() + from, book.volumes.begin() + to, volumes_.begin() + from);
}

/// Prices of a side ascend, in both books. Where they do not, levels that stood there are formatted
/// anew.
void BookLineWriter::find_runs(const OrderBook& book, std::size_t begin, std::size_t end) {
  runs_.clear();
  std::size_t source = begin;
  for (std::size_t i = begin; i < end;) {
    while (source < end && prices_[source] < book.prices[i]) ++source;
    const std::size_t count =
        count_same(book.prices.data() + i, prices_.data() + source, end - std::max(i, source));
    if (count > 0) runs_.push_back({.at = i, .source = source, .count = count});
    i += std::max<std::size_t>(count, 1);
    source += count;
  }
}

/// The volumes of a run that has moved.
void BookLineWriter::renew_run(Half& half, std::size_t first, const OrderBook& book,
                               const Run& run) {
  const double* const volumes = book.volumes.data() + run.at;
  const double* const before = volumes_.data() + run.source;
  for (std::size_t i = 0;; ++i) {
    i += count_same(volumes + i, before + i, run.count - i);
    if (i == run.count) return;
    half.volumes.set(run.at + i - first, volumes[i]);
  }
}

void BookLineWriter::set_level(Half& half, std::size_t first, const OrderBook& book,
                               std::size_t at) {
  price_.clear();
  append_price(price_, book.prices[at]);
  half.prices.set(at - first, price_);
  half.volumes.set(at - first, book.volumes[at]);
}

}  // namespace obkit::store
