#include "report/largest_trades.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <vector>

#include "obkit/report/text.hpp"

#include "report/page.hpp"

namespace obkit::backtest {

using namespace obkit::report;

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

bool LargestTrades::matters_more(const Entry& left, const Entry& right) {
  return std::tuple{left.size, right.number} > std::tuple{right.size, left.number};
}

void LargestTrades::add(const Trade& trade) {
  const Money net = trade.net();
  gross_ += trade.gross;
  net_ += net;
  if (net > Money{}) ++wins_;
  const Entry entry{.size = net < Money{} ? -net : net, .number = count_++, .trade = trade};
  if (heap_.size() == capacity) {
    if (!matters_more(entry, heap_.front())) return;
    std::ranges::pop_heap(heap_, matters_more);
    heap_.pop_back();
  }
  heap_.push_back(entry);
  std::ranges::push_heap(heap_, matters_more);
}

std::vector<Trade> LargestTrades::trades() const {
  std::vector<Entry> entries = heap_;
  std::ranges::sort(entries, {}, &Entry::number);
  std::vector<Trade> trades;
  trades.reserve(entries.size());
  for (const Entry& entry : entries) trades.push_back(entry.trade);
  return trades;
}

std::string trades_html(const LargestTrades& trades, const std::string& currency) {
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
