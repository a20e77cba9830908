#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "report/assets.hpp"
#include "report/html.hpp"
#include "report/number_text.hpp"
#include "report/page_parts.hpp"

namespace obkit::backtest {
namespace {

constexpr std::size_t shown_each = 5;

std::string moment(DateTime time, Price price) {
  std::string text = format_iso(time);
  text.replace(text.find('T'), 1, " ");
  text.pop_back();  // Z: the page says UTC
  return text + " at " + number_text(price.value(), 12);
}

constexpr std::string_view row_html =
    R"(<tr><th scope="row">{{side}}</th><td class="number">{{net}}</td><td>{{open}}</td>)"
    R"(<td>{{close}}</td><td>{{reason}}</td></tr>)";

std::string row(const Trade& trade) {
  return fill(row_html, {{"side", to_string(trade.direction)},
                         {"open", moment(trade.open_time, trade.open_price)},
                         {"close", moment(trade.close_time, trade.close_price)},
                         {"reason", to_string(trade.reason)},
                         {"net", number_text(trade.net().value())}});
}

}  // namespace

std::string trades_html(const ChosenTrades& trades, const std::string& currency) {
  std::vector<Trade> sorted = trades.trades();
  if (sorted.empty()) return "";
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &Trade::net);
  if (sorted.size() > 2 * shown_each)
    sorted.erase(sorted.begin() + shown_each, sorted.end() - shown_each);
  std::string rows;
  for (const Trade& trade : sorted) rows += row(trade);
  return fill(assets::trades_html, {{"currency", escape_html(currency)}, {"rows", rows}});
}

}  // namespace obkit::backtest
