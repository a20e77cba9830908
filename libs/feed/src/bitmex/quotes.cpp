#include "quotes.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "../json/json_value.hpp"

namespace obkit::feed::bitmex {
namespace {

using simdjson::ondemand::value;

struct Quote {
  std::string_view symbol, pool;
  std::optional<Timestamp> time;
  std::array<std::optional<Price>, 2> prices;  ///< by Side
  std::array<std::optional<double>, 2> sizes;
  std::string lost;

  [[nodiscard]] bool is_complete() const {
    return !symbol.empty() && prices[0] && prices[1] && sizes[0] && sizes[1];
  }
};

Quote read_quote(simdjson::ondemand::object row) {
  Quote quote;
  for (auto field : row) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (content.is_null()) continue;
    if (key == "symbol") quote.symbol = text_of(content);
    if (key == "pool") quote.pool = text_of(content);
    if (key == "timestamp") quote.time = parse_iso(text_of(content));
    if (key == "bidPrice") quote.prices[0] = price_of(content, quote.lost);
    if (key == "askPrice") quote.prices[1] = price_of(content, quote.lost);
    if (key == "bidSize") quote.sizes[0] = size_of(content);
    if (key == "askSize") quote.sizes[1] = size_of(content);
  }
  return quote;
}

}  // namespace

void Quotes::read(simdjson::ondemand::array data) {
  for (auto row : data) {
    const Quote quote = read_quote(row.get_object());
    if (!quote.is_complete() || !quote.lost.empty()) continue;
    BookUpdate& update = updates_.add();
    update.kind = BookUpdate::Kind::witness;
    update.is_passing = true;
    update.symbol = quote.symbol;
    update.pool = quote.pool;
    update.time = quote.time;
    for (const Side side : {Side::bid, Side::ask}) {
      const auto at = static_cast<std::size_t>(side);
      update.levels.push_back(level_of(side, *quote.prices[at], *quote.sizes[at]));
    }
  }
}

}  // namespace obkit::feed::bitmex
