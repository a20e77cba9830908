#include <algorithm>
#include <cstddef>
#include <vector>

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

std::string row(const Trade& trade) {
  std::string out = "<tr><th scope=\"row\">" + std::string{to_string(trade.direction)} + "</th>";
  for (const std::string& cell :
       {moment(trade.open_time, trade.open_price), moment(trade.close_time, trade.close_price),
        std::string{to_string(trade.reason)}})
    out += "<td>" + escape_html(cell) + "</td>";
  return out + "<td class=\"number\">" + number_text(trade.net().value()) + "</td></tr>";
}

}  // namespace

std::string trades_html(const ChosenTrades& trades, const std::string& currency) {
  std::vector<Trade> sorted = trades.trades();
  if (sorted.empty()) return "";
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &Trade::net);
  if (sorted.size() > 2 * shown_each)
    sorted.erase(sorted.begin() + shown_each, sorted.end() - shown_each);
  std::string out =
      "<section><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Largest gains "
      "and "
      "losses\"><table><caption>Largest gains and losses</caption><thead><tr>"
      "<th scope=\"col\">side</th><th scope=\"col\">opened, UTC</th><th scope=\"col\">closed, "
      "UTC</th>"
      "<th scope=\"col\">reason</th><th scope=\"col\" class=\"number\">net, " +
      escape_html(currency) + "</th></tr></thead><tbody>";
  for (const Trade& trade : sorted) out += row(trade);
  return out + "</tbody></table></div></section>\n";
}

}  // namespace obkit::backtest
