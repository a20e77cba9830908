#include "instrument_list.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace obkit::exchange {

CurrencyPair currencies_of(const std::string& symbol) {
  constexpr std::string_view separators = "/-";
  if (const auto end = symbol.find_first_of(separators); end != std::string::npos) {
    const auto behind = symbol.find_first_of(separators, end + 1);
    return {symbol.substr(0, end), symbol.substr(end + 1, behind - end - 1)};
  }
  std::string pair = symbol;
  if (pair.starts_with("PF_") || pair.starts_with("PI_")) pair.erase(0, 3);
  pair.resize(std::min(pair.find('_'), pair.size()));
  constexpr std::array<std::string_view, 4> quotes{"USDT", "USDC", "USD", "BTC"};
  for (const std::string_view quote : quotes)
    if (pair.size() > quote.size() && pair.ends_with(quote))
      return {pair.substr(0, pair.size() - quote.size()), std::string{quote}};
  return {symbol, ""};
}

nlohmann::ordered_json list_instruments(const Exchange& exchange, const ListRow& row) {
  auto list = nlohmann::ordered_json::array();
  for (const Instrument& one : exchange.source().instruments()) {
    std::string tick;
    append_price(tick, one.tick);
    list.push_back(row(one, currencies_of(one.symbol), tick));
  }
  return list;
}

}  // namespace obkit::exchange
