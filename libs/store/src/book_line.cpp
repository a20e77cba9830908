#include "obkit/store/book_line.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "obkit/core/digits.hpp"
#include "obkit/core/number.hpp"

namespace obkit::store {
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

/// Texts of known length and digits in one place, to be appended at once.
class Piece {
 public:
  template <std::size_t size>
  void add(const char (&text)[size]) {  // NOLINT(*-avoid-c-arrays): a literal
    std::memcpy(end_, text, size - 1);
    end_ += size - 1;
  }
  void add(std::int64_t number) {
    if (number < 0) *end_++ = '-';
    const auto magnitude = static_cast<std::uint64_t>(number);
    std::array<char, 20> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    char* const end = text.data() + text.size();
    const char* const begin = write_digits_before(end, number < 0 ? ~magnitude + 1 : magnitude);
    const auto length = static_cast<std::size_t>(end - begin);
    std::memcpy(end_, begin, length);
    end_ += length;
  }
  [[nodiscard]] std::string_view text() const {
    return {text_.data(), static_cast<std::size_t>(end_ - text_.data())};
  }

 private:
  std::array<char, 96> text_;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* end_ = text_.data();
};

void append_tail(std::string& out, const BookLineHead& head, const OrderBook& book) {
  Piece piece;
  piece.add("]");
  if (book.recv) {
    piece.add(",\"recv\":");
    piece.add(book.recv->time_since_epoch().count());
  }
  if (head.gap) piece.add(",\"gap\":true");
  if (head.symbol.empty()) piece.add("}\n");
  out += piece.text();
  if (!head.symbol.empty()) out.append(R"(,"symbol":")").append(head.symbol).append("\"}\n");
}

void append_line(std::string& out, const BookLineHead& head, std::string_view prices,
                 std::string_view volumes, const OrderBook& book) {
  Piece piece;
  piece.add("{\"date\":");
  piece.add(head.time.date);
  piece.add(",\"time\":");
  piece.add(head.time.time);
  piece.add(",\"prices\":[");
  out += piece.text();
  out.append(prices).append("],\"volumes\":[").append(volumes);
  append_tail(out, head, book);
}

void add_level(const OrderBook& book, std::size_t at, NumberTexts& prices, NumberTexts& volumes) {
  prices.add([&](std::string& text) { append_price(text, book.prices[at]); });
  volumes.add([&](std::string& text) { append_number(text, book.volumes[at]); });
}

}  // namespace

void append_book_line(std::string& out, const BookLineHead& head, const OrderBook& book) {
  BookLineWriter{}.append(out, head, book);
}

void NumberTexts::clear() {
  text_.clear();
  ends_.clear();
}

std::string_view NumberTexts::joined() const {
  return std::string_view{text_}.substr(0, text_.empty() ? 0 : text_.size() - 1);
}

void NumberTexts::add_from(const NumberTexts& other, std::size_t first, std::size_t count) {
  if (count == 0) return;
  const std::uint32_t begin = other.begin_of(first);
  const auto shift = static_cast<std::uint32_t>(text_.size()) - begin;  // modulo 2^32
  text_.append(other.text_, begin, other.ends_[first + count - 1] - begin);
  const std::size_t size = ends_.size();
  ends_.resize(size + count);
  for (std::size_t i = 0; i < count; ++i) ends_[size + i] = other.ends_[first + i] + shift;
}

void NumberTexts::replace(std::size_t at, std::string_view number) {
  const std::uint32_t begin = begin_of(at);
  const std::size_t length = ends_[at] - begin - 1;
  if (length == number.size()) {
    std::memcpy(text_.data() + begin, number.data(), length);
    return;
  }
  text_.replace(begin, length, number);
  const auto shift = static_cast<std::uint32_t>(number.size() - length);  // modulo 2^32
  for (std::size_t i = at; i < ends_.size(); ++i) ends_[i] += shift;
}

void NumberTexts::replace_from(std::size_t at, const NumberTexts& other) {
  const std::uint32_t begin = begin_of(at);
  const std::size_t count = other.size();
  const std::size_t length = begin_of(at + count) - begin;
  const auto shift = static_cast<std::uint32_t>(other.text_.size() - length);  // modulo 2^32
  text_.replace(begin, length, other.text_);
  for (std::size_t i = 0; i < count; ++i) ends_[at + i] = other.ends_[i] + begin;
  if (shift == 0) return;
  for (std::size_t i = at + count; i < ends_.size(); ++i) ends_[i] += shift;
}

void BookLineWriter::append(std::string& out, const BookLineHead& head, const OrderBook& book) {
  renew(book);
  append_line(out, head, price_texts_.joined(), volume_texts_.joined(), book);
}

void BookLineWriter::renew(const OrderBook& book) {
  const std::uint64_t number = book.change.number, before = std::exchange(number_, number);
  const std::size_t depth = book.depth(), middle = depth / 2;
  if (prices_.size() != depth) return renew_all(book);
  if (number > 1 && number == before) return;
  if (number > 1 && number == before + 1) {
    for (const BookChange::Part& part : book.change.parts) renew_part(book, part);
    for (const std::uint32_t at : book.change.single_volumes()) renew_volumes(book, at, at + 1);
  } else {
    const bool prices = !are_same_prices(book.prices, prices_);
    renew_part(book, {.first = 0, .last = middle, .prices = prices});
    renew_part(book, {.first = middle, .last = depth, .prices = prices});
  }
}

void BookLineWriter::renew_all(const OrderBook& book) {
  prices_ = book.prices;
  volumes_ = book.volumes;
  price_texts_.clear();
  volume_texts_.clear();
  runs_.reserve(book.depth());
  for (std::size_t i = 0; i < book.depth(); ++i) add_level(book, i, price_texts_, volume_texts_);
}

void BookLineWriter::renew_part(const OrderBook& book, const BookChange::Part& part) {
  if (part.prices)
    renew_levels(book, part.first, part.last);
  else
    renew_volumes(book, part.first, part.last);
}

void BookLineWriter::renew_volumes(const OrderBook& book, std::size_t begin, std::size_t end) {
  const double* const volumes = book.volumes.data();
  for (std::size_t i = begin;; ++i) {
    i += count_same(volumes + i, volumes_.data() + i, end - i);
    if (i == end) return;
    digits_.clear();
    append_number(digits_, volumes[i]);
    volume_texts_.replace(i, digits_);
    volumes_[i] = volumes[i];
  }
}

void BookLineWriter::renew_levels(const OrderBook& book, std::size_t begin, std::size_t end) {
  runs_.clear();
  find_runs(book, begin, end);
  part_prices_.clear();
  part_volumes_.clear();
  for (const Run& run : runs_) {
    if (run.is_known) {
      part_prices_.add_from(price_texts_, run.source, run.count);
      add_known_volumes(book, run);
    } else {
      add_level(book, run.at, part_prices_, part_volumes_);
    }
  }
  price_texts_.replace_from(begin, part_prices_);
  volume_texts_.replace_from(begin, part_volumes_);
  const auto first = static_cast<std::ptrdiff_t>(begin), last = static_cast<std::ptrdiff_t>(end);
  std::copy(book.prices.begin() + first, book.prices.begin() + last, prices_.begin() + first);
  std::copy(book.volumes.begin() + first, book.volumes.begin() + last, volumes_.begin() + first);
}

/// Prices of a side ascend, in both books. Where they do not, levels that stood there are formatted
/// anew.
void BookLineWriter::find_runs(const OrderBook& book, std::size_t begin, std::size_t end) {
  std::size_t source = begin;
  for (std::size_t i = begin; i < end;) {
    while (source < end && prices_[source] < book.prices[i]) ++source;
    std::size_t count = 0;
    while (i + count < end && source + count < end &&
           is_same_number(book.prices[i + count], prices_[source + count]))
      ++count;
    const bool is_known = count > 0;
    runs_.push_back(
        {.at = i, .source = source, .count = is_known ? count : 1, .is_known = is_known});
    i += is_known ? count : 1;
    source += count;
  }
}

void BookLineWriter::add_known_volumes(const OrderBook& book, const Run& run) {
  const double* const volumes = book.volumes.data() + run.at;
  const double* const before = volumes_.data() + run.source;
  for (std::size_t i = 0; i < run.count; ++i) {
    const std::size_t same = count_same(volumes + i, before + i, run.count - i);
    part_volumes_.add_from(volume_texts_, run.source + i, same);
    i += same;
    if (i < run.count)
      part_volumes_.add([&](std::string& text) { append_number(text, volumes[i]); });
  }
}

}  // namespace obkit::store
