#include "report/chosen_trades.hpp"

#include <algorithm>
#include <tuple>

namespace obkit::backtest {

bool ChosenTrades::matters_more(const Entry& left, const Entry& right) {
  return std::tuple{left.size, right.number} > std::tuple{right.size, left.number};
}

void ChosenTrades::add(const Trade& trade) {
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

std::vector<Trade> ChosenTrades::trades() const {
  std::vector<Entry> entries = heap_;
  std::ranges::sort(entries, {}, &Entry::number);
  std::vector<Trade> trades;
  trades.reserve(entries.size());
  for (const Entry& entry : entries) trades.push_back(entry.trade);
  return trades;
}

}  // namespace obkit::backtest
