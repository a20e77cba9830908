#include "obsave/trade_recorder.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <spdlog/spdlog.h>

namespace obkit::obsave {

TradeRecorder::TradeRecorder(TradeRecorderOptions options, TradeOutput& output)
    : options_{std::move(options)}, wanted_{options_.symbols}, output_{output} {}

void TradeRecorder::on_frame(std::span<const TradeUpdate> updates, Timestamp received) {
  // A clock that was set back says nothing of how long a trade has waited.
  release_all(received < last_received_ ? std::nullopt : std::optional{received});
  last_received_ = received;
  for (const TradeUpdate& update : updates) {
    if (update.trades.empty() || !wanted_.takes(update.symbol)) continue;
    Symbol& symbol =
        symbols_.try_emplace(update.symbol, Symbol{.name = update.symbol}).first->second;
    for (const Trade& trade : update.trades) take(symbol, trade, received);
    symbol.heard = received;
    symbol.lost_for.clear();
  }
}

void TradeRecorder::pass(Timestamp now) {
  constexpr std::chrono::seconds longest_on_the_way{1};
  if (now - longest_on_the_way >= last_received_) release_all(now - longest_on_the_way);
}

/// Empty `now`: all.
void TradeRecorder::release_all(std::optional<Timestamp> now) {
  for (auto one = waiting_.begin(); one != waiting_.end();) {
    Symbol& symbol = **one;
    release(symbol, now);
    one = symbol.waiting.empty() ? waiting_.erase(one) : std::next(one);
  }
}

void TradeRecorder::take(Symbol& symbol, const Trade& trade, Timestamp received) {
  if (is_known(symbol, trade)) return count(symbol, &TradeTally::doubles);
  check_number(symbol, trade);
  symbol.newest = std::max(symbol.newest.value_or(trade.time), trade.time);
  count(symbol, &TradeTally::trades);
  symbol.waiting.emplace(believed_time(symbol, trade, received),
                         Waiting{.trade = trade, .received = received});
  waiting_.insert(&symbol);
}

/// A number that is not above the last one is known, unless its trade is younger than all: then the
/// exchange counts anew.
bool TradeRecorder::is_known(Symbol& symbol, const Trade& trade) {
  if (trade.number)
    return symbol.number && *trade.number <= *symbol.number && trade.time <= *symbol.newest;
  if (trade.id.empty()) return false;
  if (symbol.known_ids.contains(trade.id)) return true;
  symbol.known_ids.insert(symbol.ids.emplace_back(trade.id));
  if (symbol.ids.size() > remembered_ids) {
    symbol.known_ids.erase(symbol.ids.front());
    symbol.ids.pop_front();
  }
  return false;
}

void TradeRecorder::check_number(Symbol& symbol, const Trade& trade) {
  if (!trade.number) return;
  const auto before = std::exchange(symbol.number, trade.number);
  if (!before) return;
  const bool breaks = *before + trade.fills != *trade.number;
  output_.count(symbol.name, {.updates = 1, .breaks = breaks ? 1U : 0U});
  if (*trade.number <= *before)
    begin_gap(symbol, "the numbers of trades begin anew");
  else if (breaks)
    begin_gap(symbol, "trades from number " + std::to_string(*before + 1) + " to " +
                          std::to_string(*trade.number - trade.fills) + " are missing");
}

void TradeRecorder::begin_gap(Symbol& symbol, std::string_view reason) {
  release(symbol, std::nullopt);
  if (symbol.gap_reason.empty()) symbol.gap_reason = reason;
}

Timestamp TradeRecorder::believed_time(Symbol& symbol, const Trade& trade, Timestamp received) {
  if (!options_.believes || options_.believes(trade.time, received)) return trade.time;
  if (symbol.tally.unbelieved == 0)
    spdlog::warn(
        "a trade of {} bears the time {}, the clock says {}; it is not believed, its "
        "receive time stands in",
        symbol.name, format_iso(trade.time), format_iso(received));
  count(symbol, &TradeTally::unbelieved);
  return received;
}

void TradeRecorder::on_loss(std::string_view reason, Scope symbols) {
  const auto lose = [&](Symbol& symbol) {
    symbol.lost_for = reason;
    if (!symbol.number) begin_gap(symbol, reason);
  };
  if (symbols.empty())
    for (auto& [name, symbol] : symbols_) lose(symbol);
  for (const std::string& name : symbols)
    if (const auto found = symbols_.find(name); found != symbols_.end()) lose(found->second);
}

/// Empty `now`: all.
void TradeRecorder::release(Symbol& symbol, std::optional<Timestamp> now) {
  auto& waiting = symbol.waiting;
  while (!waiting.empty() && (!now || *now - waiting.begin()->second.received >= patience)) {
    auto first = waiting.extract(waiting.begin());
    write(symbol, first.key(), std::move(first.mapped()));
  }
}

void TradeRecorder::write(Symbol& symbol, Timestamp time, Waiting waiting) {
  if (symbol.written && time < *symbol.written) {
    if (symbol.tally.late == 0)
      spdlog::warn("a trade of {} of {} came when one of {} was written: it gets that time",
                   symbol.name, format_iso(time, 6), format_iso(*symbol.written, 6));
    count(symbol, &TradeTally::late);
  } else {
    symbol.written = time;
  }
  waiting.trade.time = time;
  const std::string reason = std::exchange(symbol.gap_reason, {});
  output_.write(
      symbol.name,
      {.trade = std::move(waiting.trade), .recv = waiting.received, .gap = !reason.empty()},
      reason);
}

void TradeRecorder::finish(std::optional<Timestamp> now) {
  for (auto& [name, symbol] : symbols_) {
    release(symbol, std::nullopt);
    if (!symbol.lost_for.empty() && now && symbol.written && symbol.heard)
      output_.lose_end(name, *symbol.written + (*now - *symbol.heard), symbol.lost_for);
  }
  waiting_.clear();
}

void TradeRecorder::count(Symbol& symbol, std::uint64_t TradeTally::*what) {
  ++(tally_.*what);
  ++(symbol.tally.*what);
}

std::map<std::string, TradeTally> TradeRecorder::symbol_tallies() const {
  std::map<std::string, TradeTally> tallies;
  for (const auto& [name, symbol] : symbols_) tallies.emplace(name, symbol.tally);
  return tallies;
}

}  // namespace obkit::obsave
