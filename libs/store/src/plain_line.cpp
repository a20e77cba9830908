#include "plain_line.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"

#include "price_range.hpp"

namespace obkit::store {
namespace {

/// Longer lines are rare; the arrays for their numbers would be large.
constexpr std::size_t longest_line = std::size_t{256} * 1024;

/// Takes text from the front of a line.
class Cursor {
 public:
  explicit Cursor(std::string_view line) : rest_{line} {}

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
bool is_plain(std::string_view text) {
  for (const char c : text)
    if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
  return !text.empty();
}

bool skip_symbol(Cursor& cursor, std::string_view symbol) {
  return is_plain(symbol) && cursor.skip("\"") && cursor.skip(symbol) && cursor.skip("\"");
}

}  // namespace

bool RepeatedPrices::find(std::string_view text, std::size_t& length, std::vector<Price>& out) {
  ++lists_;
  if (text_.empty() || !text.starts_with(text_)) return false;
  last_hit_ = lists_;
  length = text_.size() - 1;
  out = prices_;
  return true;
}

void RepeatedPrices::note(std::string_view text, const std::vector<Price>& prices) {
  if (lists_ > last_hit_ + patience && lists_ % rest != 0) return text_.clear();
  text_ = text;
  prices_ = prices;
}

bool PlainLine::read(std::string_view line, const Expected& expected, OrderBook& book) {
  constexpr std::string_view start = R"({"date":)";
  if (line.size() <= start.size() || line.size() > longest_line) return false;
  return line[start.size()] == ' ' ? read_keys<true>(line, expected, book)
                                   : read_keys<false>(line, expected, book);
}

template <bool blanks>
bool PlainLine::read_keys(std::string_view line, const Expected& expected, OrderBook& book) {
  using Blanks = kernels::NumberList::Blanks;
  constexpr Blanks behind_comma = blanks ? Blanks::one : Blanks::none;
  const auto layout = [](std::string_view spaced, std::string_view dense) {
    return blanks ? spaced : dense;
  };
  Cursor cursor{line};
  if (!cursor.skip(layout(R"({"date": )", R"({"date":)"))) return false;
  const auto date = cursor.integer();
  if (!date || !cursor.skip(layout(R"(, "time": )", R"(,"time":)"))) return false;
  const auto time = cursor.integer();
  if (!time || !cursor.skip(layout(R"(, "prices": [)", R"(,"prices":[)"))) return false;
  constexpr std::int64_t most = 999'999'999;
  if (*date > most || *time > most || !is_date(static_cast<int>(*date))) return false;
  book.time = {.date = static_cast<int>(*date), .time = static_cast<int>(*time)};
  if (!to_timestamp({.date = 19700101, .time = book.time.time})) return false;

  const std::size_t prices_end = take_prices(cursor.rest(), behind_comma, book.prices);
  const std::size_t count = book.prices.size();
  if (prices_end == 0 || (expected.depth != 0 && count != expected.depth)) return false;
  cursor.drop(prices_end);
  if (!cursor.skip(layout(R"(], "volumes": [)", R"(],"volumes":[)"))) return false;
  const std::size_t volumes_end = volumes_.find(cursor.rest(), behind_comma);
  if (volumes_end == 0 || volumes_.size() != count) return false;
  cursor.drop(volumes_end + 1);
  if (!take_volumes(book.volumes)) return false;

  book.recv.reset();
  if (cursor.skip(layout(R"(, "recv": )", R"(,"recv":)"))) {
    const auto recv = cursor.integer();
    if (!recv) return false;
    book.recv = Timestamp{std::chrono::nanoseconds{*recv}};
  }
  book.gap = cursor.skip(layout(R"(, "gap": true)", R"(,"gap":true)"));
  if (cursor.skip(layout(R"(, "symbol": )", R"(,"symbol":)")) &&
      !skip_symbol(cursor, expected.symbol))
    return false;
  return cursor.rest() == "}";
}

bool PlainLine::is_date(int date) {
  if (date == known_date_) return true;
  if (!to_timestamp({.date = date, .time = 0})) return false;
  known_date_ = date;
  return true;
}

std::size_t PlainLine::take_prices(std::string_view text, kernels::NumberList::Blanks blanks,
                                   std::vector<Price>& out) {
  std::size_t length = 0;
  if (repeated_.find(text, length, out)) return length;
  length = prices_.find(text, blanks);
  if (length == 0 || !convert_prices(out)) return 0;
  repeated_.note(text.substr(0, length + 1), out);
  return length;
}

bool PlainLine::convert_prices(std::vector<Price>& out) {
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
  out.resize(count);
  const auto take_side = [&](std::size_t first, std::size_t last) {
    bool ascending = true;
    for (std::size_t i = first; i < last; ++i) {
      ascending &= i == first || units[i - 1] < units[i];
      out[i] = Price::from_units(units[i], static_cast<int>(decimals[i]));
    }
    return ascending && is_in_range(out[first]) && is_in_range(out[last - 1]);
  };
  return take_side(0, count / 2) && take_side(count / 2, count);
}

bool PlainLine::take_volumes(std::vector<double>& out) {
  volumes_.convert_doubles();
  const auto doubles = volumes_.doubles();
  out.assign(doubles.begin(), doubles.end());
  for (const std::uint32_t i : volumes_.irregular()) {
    const auto volume = parse_number(volumes_.text(i));
    if (!volume || *volume < 0) return false;
    out[i] = *volume;
  }
  return true;
}

}  // namespace obkit::store
