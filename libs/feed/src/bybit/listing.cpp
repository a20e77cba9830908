#include <array>

#include "../json/fields.hpp"
#include "bybit.hpp"

namespace obkit::feed::bybit {
namespace {

constexpr std::array<std::string_view, 1> spot_targets{
    "/v5/market/instruments-info?category=spot&limit=1000"};
constexpr std::array<std::string_view, 1> linear_targets{
    "/v5/market/instruments-info?category=linear&limit=1000"};
constexpr std::array<std::string_view, 1> inverse_targets{
    "/v5/market/instruments-info?category=inverse&limit=1000"};

/// What of a text may not stand in a query is written as %25.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF", plain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (is_word || plain.find(c) != std::string_view::npos)
      out += c;
    else
      out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
  }
  return out;
}

/// Sizes are coins of the base; those of inverse contracts are contracts of 1 of the quote.
InstrumentPage read(std::string_view target, std::string_view body) {
  constexpr std::string_view cursor = "&cursor=";
  const std::string_view first = target.substr(0, target.find(cursor));
  const bool is_inverse = first == inverse_targets[0];
  return read_page(body, [&](simdjson::ondemand::document& document, InstrumentPage& page) {
    auto result = document.find_field_unordered("result").get_object().value();
    for (auto item : result.find_field_unordered("list").get_array()) {
      const Fields one{item.value()};
      if (!one.is("status", "Trading")) continue;
      page.instruments.push_back({.symbol = one.text("symbol"),
                                  .tick = one.decimal("priceFilter.tickSize"),
                                  .unit = one.text(is_inverse ? "quoteCoin" : "baseCoin"),
                                  .contract_size = "1"});
    }
    simdjson::ondemand::value next;
    if (result.find_field_unordered("nextPageCursor").get(next) != simdjson::SUCCESS) return;
    if (const std::string_view text = text_of(next); !text.empty())
      page.next.append(first).append(cursor).append(percent_encoded(text));
  });
}

constexpr Listing spot_list{spot_targets, read};
constexpr Listing linear_list{linear_targets, read};
constexpr Listing inverse_list{inverse_targets, read};

}  // namespace

const Listing& spot_listing() { return spot_list; }
const Listing& linear_listing() { return linear_list; }
const Listing& inverse_listing() { return inverse_list; }

}  // namespace obkit::feed::bybit
