#include "lines/fast_line.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/line_reader.hpp"

#include "kernels/number_list.hpp"
#include "lines/line_format.hpp"

namespace obkit::store {

std::size_t RepeatedPrices::find(std::string_view text) {
  ++lists_;
  if (text_.empty()) return 0;
  if (!text.starts_with(text_)) {
    text_.clear();
    return 0;
  }
  last_repeated_ = lists_;
  return text_.size() - 1;
}

void RepeatedPrices::note(std::string_view text) {
  if (lists_ <= last_repeated_ + patience || lists_ % rest == 0) text_ = text;
}

namespace {

/// Longer lines are rare; the arrays for their numbers would be large.
constexpr std::size_t longest_line = std::size_t{256} * 1024;

/// Takes text from the front of a line.
class TextCursor {
 public:
  explicit TextCursor(std::string_view line) : rest_{line} {}

  [[nodiscard]] bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  /// A whole number of at most 19 digits that fits; written as JSON wants it.
  [[nodiscard]] std::optional<std::int64_t> integer() {
    std::uint64_t value = 0;
    std::size_t count = 0;
    while (count < rest_.size() && count < 20 && is_digit(rest_[count]))
      value = value * 10 + static_cast<std::uint64_t>(rest_[count++] - '0');
    if (count == 0 || count > 19 || (count > 1 && rest_.front() == '0')) return std::nullopt;
    if (value > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    rest_.remove_prefix(count);
    return static_cast<std::int64_t>(value);
  }
  void drop(std::size_t count) { rest_.remove_prefix(count); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
};

/// Whether JSON writes such text as it is: it can be compared without being decoded.
bool is_unescaped(std::string_view text) {
  for (const char c : text)
    if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
  return !text.empty();
}

using line_format::number_keys, line_format::texts;

static_assert(LineReader::padding >= kernels::read_behind,
              "the kernels read on behind the padding of a line");
static_assert(line_format::shortest_start >= kernels::read_before,
              "the kernels read what stands before a line");

/// Takes all before the list of prices. Whether there is such a day is not looked at.
template <bool blanks>
bool take_time(TextCursor& cursor, DateTime& out) {
  constexpr std::int64_t most = 999'999'999;
  if (!cursor.skip(texts<blanks>.date)) return false;
  const auto date = cursor.integer();
  if (!date || *date > most || !cursor.skip(texts<blanks>.time)) return false;
  const auto time = cursor.integer();
  if (!time || *time > most || !cursor.skip(texts<blanks>.prices)) return false;
  out = {.date = static_cast<int>(*date), .time = static_cast<int>(*time)};
  return is_time_of_day(out.time);
}

/// Takes all behind the list of volumes.
template <bool blanks>
bool take_rest(TextCursor& cursor, std::string_view symbol, OrderBook& book) {
  for (std::size_t i = 0; i < number_keys.size(); ++i) {
    std::optional<std::int64_t> value;
    if (cursor.skip(texts<blanks>.numbers[i])) {
      value = cursor.integer();
      if (!value) return false;
    }
    number_keys[i].set(book, value);
  }
  book.gap = cursor.skip(texts<blanks>.gap);
  if (cursor.skip(texts<blanks>.symbol)) {
    if (!is_unescaped(symbol) || !cursor.skip(symbol) || !cursor.skip("\"")) return false;
  }
  return cursor.rest() == "}";
}

}  // namespace

bool FastLine::read(std::string_view line, const Expected& expected) {
  constexpr std::string_view start = texts<false>.date;
  if (line.size() <= start.size() || line.size() > longest_line) return false;
  return line[start.size()] == ' ' ? read_keys<true>(line, expected)
                                   : read_keys<false>(line, expected);
}

template <bool blanks>
bool FastLine::read_keys(std::string_view line, const Expected& expected) {
  constexpr auto behind_comma =
      blanks ? kernels::NumberList::Blanks::one : kernels::NumberList::Blanks::none;
  TextCursor cursor{line};
  if (!take_time<blanks>(cursor, book_.time) || !is_date(book_.time.date)) return false;
  const std::size_t prices_end = take_prices(cursor.rest(), behind_comma);
  if (prices_end == 0 || (expected.depth != 0 && book_.depth() != expected.depth)) return false;
  cursor.drop(prices_end);
  if (!cursor.skip(texts<blanks>.volumes)) return false;
  const std::size_t volumes_end = take_volumes(cursor.rest(), behind_comma);
  if (volumes_end == 0) return false;
  cursor.drop(volumes_end + 1);
  return take_rest<blanks>(cursor, expected.symbol, book_);
}

bool FastLine::is_date(int date) {
  if (date == known_date_) return true;
  if (!to_timestamp({.date = date, .time = 0})) return false;
  known_date_ = date;
  return true;
}

std::size_t FastLine::take_prices(std::string_view text, kernels::NumberList::Blanks blanks) {
  if (const std::size_t end = repeated_prices_.find(text)) return end;
  const std::size_t end = prices_.find(text, blanks);
  if (end == 0 || !convert_prices()) return 0;
  repeated_prices_.note(text.substr(0, end + 1));
  return end;
}

bool FastLine::convert_prices() {
  prices_.convert_prices();
  const std::size_t count = prices_.size();
  if (count % 2 != 0) return false;
  const auto units = prices_.units();
  const auto decimals = prices_.decimals();
  for (const std::uint32_t i : prices_.irregular()) {
    const auto price = parse_price(prices_.text(i));
    if (!price) return false;
    prices_.replace(i, *price);
  }
  book_.prices.resize(count);
  const auto take_side = [&](std::size_t first, std::size_t last) {
    bool ascending = true;
    for (std::size_t i = first; i < last; ++i) {
      ascending &= i == first || units[i - 1] < units[i];
      book_.prices[i] = Price::from_units(units[i], static_cast<int>(decimals[i]));
    }
    return ascending && is_in_range(book_.prices[first]) && is_in_range(book_.prices[last - 1]);
  };
  return take_side(0, count / 2) && take_side(count / 2, count);
}

std::size_t FastLine::take_volumes(std::string_view text, kernels::NumberList::Blanks blanks) {
  volumes_text_ = {};
  if (wanted_ == Volumes::text) {
    const auto list = kernels::find_whole_numbers(text);
    if (list.end != 0 && list.count == book_.depth()) {
      volumes_text_ = text.substr(0, list.end);
      book_.volumes.clear();
      return list.end;
    }
  }
  return convert_volumes(text, blanks);
}

std::size_t FastLine::convert_volumes(std::string_view text, kernels::NumberList::Blanks blanks) {
  const std::size_t end = volumes_.find(text, blanks);
  if (end == 0 || volumes_.size() != book_.depth()) return 0;
  volumes_.convert_doubles();
  for (const std::uint32_t i : volumes_.irregular()) {
    const auto volume = parse_number(volumes_.text(i));
    if (!volume || *volume < 0) return 0;
    volumes_.replace(i, *volume);
  }
  book_.volumes.assign(volumes_.doubles().begin(), volumes_.doubles().end());
  return end;
}

}  // namespace obkit::store
