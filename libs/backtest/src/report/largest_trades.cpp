#include "report/largest_trades.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "obkit/report/page.hpp"
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

std::vector<std::string> trade_cells(const Trade& trade) {
  return {std::string{to_string(trade.direction)}, number_text(trade.net().value()),
          moment(trade.open_time, trade.open_price), moment(trade.close_time, trade.close_price),
          std::string{to_string(trade.reason)}};
}

}  // namespace

bool LargestTrades::matters_more(const Entry& left, const Entry& right) {
  return std::tuple{left.size, right.number} > std::tuple{right.size, left.number};
}

void LargestTrades::add(const Trade& trade) {
  const Money net = trade.net();
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
  Table table{.caption = "Largest gains and losses",
              .columns = {"side", "net, " + currency, "opened, UTC", "closed, UTC", "reason"},
              .is_number = {false, true, false, false, false},
              .money = {1}};
  for (const Trade& trade : sorted) table.rows.push_back(trade_cells(trade));
  return "<section>" + table_html(table) + "</section>";
}

}  // namespace obkit::backtest
