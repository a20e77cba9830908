#include "obkit/store/book_line.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "obkit/core/number.hpp"

namespace obkit::store {
namespace {

constexpr std::size_t no_source = static_cast<std::size_t>(-1);

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

/// The first from `i` on that differs; the number of all where none does.
std::size_t first_difference(const std::vector<double>& a, const std::vector<double>& b,
                             std::size_t i) {
  constexpr std::size_t block = 8;
  while (i + block <= a.size() && std::memcmp(&a[i], &b[i], block * sizeof(double)) == 0)
    i += block;
  while (i < a.size() && is_same_number(a[i], b[i])) ++i;
  return i;
}

void append_tail(std::string& out, const BookLineHead& head, const OrderBook& book) {
  if (book.recv) {
    out += ",\"recv\":";
    append_integer(out, book.recv->time_since_epoch().count());
  }
  if (head.gap) out += ",\"gap\":true";
  if (!head.symbol.empty()) out.append(R"(,"symbol":")").append(head.symbol) += '"';
  out += "}\n";
}

void append_line(std::string& out, const BookLineHead& head, std::string_view prices,
                 std::string_view volumes, const OrderBook& book) {
  out += "{\"date\":";
  append_integer(out, head.time.date);
  out += ",\"time\":";
  append_integer(out, head.time.time);
  out.append(",\"prices\":[").append(prices);
  out.append("],\"volumes\":[").append(volumes) += ']';
  append_tail(out, head, book);
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
  const std::uint32_t begin = other.begin_of(first);
  const auto shift = static_cast<std::uint32_t>(text_.size()) - begin;  // modulo 2^32
  text_.append(other.text_, begin, other.ends_[first + count - 1] - begin);
  for (std::size_t i = first; i < first + count; ++i) ends_.push_back(other.ends_[i] + shift);
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

void BookLineWriter::append(std::string& out, const BookLineHead& head, const OrderBook& book) {
  if (are_same_prices(book.prices, last_.prices) && book.volumes.size() == last_.volumes.size())
    renew_volumes(book);
  else
    renew_levels(book);
  append_line(out, head, last_.price_texts.joined(), last_.volume_texts.joined(), book);
}

void BookLineWriter::renew_volumes(const OrderBook& book) {
  const std::size_t size = book.volumes.size();
  for (std::size_t i = 0; (i = first_difference(book.volumes, last_.volumes, i)) < size; ++i) {
    number_.clear();
    append_number(number_, book.volumes[i]);
    last_.volume_texts.replace(i, number_);
    last_.volumes[i] = book.volumes[i];
  }
}

void BookLineWriter::renew_levels(const OrderBook& book) {
  sources_.assign(book.prices.size(), no_source);
  const std::size_t middle = book.depth() / 2;
  if (book.depth() == last_.prices.size() && book.volumes.size() == last_.volumes.size()) {
    find_sources(book, 0, middle);
    find_sources(book, middle, book.depth());
  }
  take_over(
      last_.price_texts, next_.price_texts, [](std::size_t, std::size_t) { return true; },
      [&](std::size_t i, std::string& text) { append_price(text, book.prices[i]); });
  take_over(
      last_.volume_texts, next_.volume_texts,
      [&](std::size_t i, std::size_t source) {
        return is_same_number(book.volumes[i], last_.volumes[source]);
      },
      [&](std::size_t i, std::string& text) { append_number(text, book.volumes[i]); });
  next_.prices = book.prices;
  next_.volumes = book.volumes;
  std::swap(last_, next_);
}

/// Prices of a side ascend, in both books. Where they do not, sources are missed, none is wrong.
void BookLineWriter::find_sources(const OrderBook& book, std::size_t begin, std::size_t end) {
  std::size_t source = begin;
  for (std::size_t i = begin; i < end; ++i) {
    while (source < end && last_.prices[source] < book.prices[i]) ++source;
    if (source == end) return;
    if (is_same_number(last_.prices[source], book.prices[i])) sources_[i] = source++;
  }
}

/// Runs of levels that stood side by side before, too, are copied at once.
template <class IsSame, class Format>
void BookLineWriter::take_over(const NumberTexts& before, NumberTexts& texts, IsSame is_same,
                               Format format) {
  texts.clear();
  const std::size_t size = sources_.size();
  const auto can_copy = [&](std::size_t i) {
    return sources_[i] != no_source && is_same(i, sources_[i]);
  };
  for (std::size_t i = 0; i < size;) {
    if (!can_copy(i)) {
      texts.add([&](std::string& text) { format(i, text); });
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < size && sources_[end] == sources_[i] + (end - i) && can_copy(end)) ++end;
    texts.add_from(before, sources_[i], end - i);
    i = end;
  }
}

}  // namespace obkit::store
