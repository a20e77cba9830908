#include "obsave/live/upkeep.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/feed/venue.hpp"

namespace obkit::obsave {
namespace {

constexpr std::size_t levels_shown = 10;
/// Of more symbols nobody reads the levels.
constexpr std::size_t most_with_levels = 100;

/// The best levels of the book that was written last.
void show_levels(const OrderBook& book, SymbolStatus& status) {
  const std::size_t side = book.depth() / 2;
  for (std::size_t k = 0; k < std::min(side, levels_shown); ++k) {
    const std::size_t bid = side - 1 - k, ask = side + k;
    status.bids.push_back({.price = book.prices[bid].value(), .volume = book.volumes[bid]});
    status.asks.push_back({.price = book.prices[ask].value(), .volume = book.volumes[ask]});
  }
}

void show_levels(const Recorder& recorder, std::map<std::string, SymbolStatus>& statuses) {
  std::size_t shown = 0;
  for (auto& [symbol, status] : statuses) {
    if (shown++ == most_with_levels) return;
    if (const OrderBook* book = recorder.last_book(symbol)) show_levels(*book, status);
  }
}

std::map<std::string, SymbolStatus> symbol_statuses(const Recorder& recorder, const Output& output,
                                                    const Captures* captures) {
  std::map<std::string, SymbolStatus> statuses;
  const Timestamp now = system_time();
  for (const auto& [symbol, tally] : recorder.symbol_tallies()) {
    SymbolStatus& status = statuses[symbol];
    status.tally = tally.counts;
    if (tally.lag && std::chrono::abs(*tally.lag) <= past) status.lag_seconds = seconds(*tally.lag);
    if (tally.last_book) status.seconds_since_book = std::max(seconds(now - *tally.last_book), 0.0);
  }
  for (const auto& [symbol, counts] : output.symbol_counts()) statuses[symbol].output = counts;
  for (auto& [symbol, status] : statuses)
    status.can_be_written =
        !output.is_in_trouble(symbol) && (captures == nullptr || !captures->is_in_trouble(symbol));
  return statuses;
}

void add_trades(const Recorder& recorder, const TradeOutput& output,
                std::map<std::string, SymbolStatus>& statuses) {
  for (auto& [symbol, counts] : output.symbol_counts()) {
    SymbolStatus& status = statuses[symbol];
    status.trades = counts;
    if (output.is_in_trouble(symbol)) status.can_be_written = false;
  }
  if (recorder.trades() == nullptr) return;
  for (const auto& [symbol, tally] : recorder.trades()->symbol_tallies())
    statuses[symbol].trade_doubles = tally.doubles;
}

}  // namespace

Upkeep::Upkeep(const Options& options, Parts parts) : options_{options}, parts_{std::move(parts)} {}

Upkeep::Link& Upkeep::add_link() { return links_.emplace_back(Link{.number = links_.size() + 1}); }

void Upkeep::note_book(Timestamp received, Clock::time_point now) {
  last_book_ = now;
  if (!first_book_) {
    spdlog::info("recording");
    first_book_ = now;
  }
  if (!parts_.on_book) return;
  waiting_.push_back(received);
  if (!parts_.output.has_waiting_lines()) tell_delays();
}

void Upkeep::hand_over() {
  parts_.output.flush();
  tell_delays();
}

void Upkeep::tell_delays() {
  if (waiting_.empty()) return;
  const Timestamp now = system_time();
  for (const Timestamp received : waiting_) parts_.on_book(now - received);
  waiting_.clear();
}

void Upkeep::note_disconnect(net::Disconnect::Kind kind, const std::string& text) {
  ++disconnects_[std::string{to_string(kind)}];
  last_failure_ = text;
}

void Upkeep::on_tick(const Link& link, Clock::time_point now) {
  if (&link != &links_.front()) return;
  look_after_output(now);
  look_for_trades(now);
  tell_status(now);
}

/// Once: a quiet market is no event.
void Upkeep::look_for_trades(Clock::time_point now) {
  const TradeRecorder* const trades = parts_.recorder.trades();
  if (trades == nullptr || told_of_tradeless_ || !first_book_) return;
  if (now - *first_book_ < parts_.tradeless) return;
  told_of_tradeless_ = true;
  const auto heard = trades->symbol_tallies();
  std::vector<std::string> silent;
  for (const auto& [symbol, tally] : parts_.recorder.symbol_tallies())
    if (tally.counts.books > 0 && !heard.contains(symbol)) silent.push_back(symbol);
  if (silent.empty()) return;
  const std::size_t others = silent.size() - 1;
  spdlog::warn("no trade of {}{} came in {:.0f} s, though there are books: is it so quiet? By {}",
               silent.front(), others > 0 ? " and " + counted(others, "further symbol") : "",
               seconds(now - *first_book_), options_.venue->facts.trades);
}

void Upkeep::look_after_output(Clock::time_point now) {
  parts_.output.retry();
  parts_.output.check();
  if (parts_.captures != nullptr) parts_.captures->retry();
  if (TradeRecorder* const trades = parts_.recorder.trades()) trades->pass(system_time());
  if (parts_.trades != nullptr) {
    parts_.trades->retry();
    parts_.trades->check();
  }
  if (now - last_sync_ < options_.sync) return;
  last_sync_ = now;
  parts_.output.sync();
  if (parts_.trades != nullptr) parts_.trades->sync();
  if (parts_.captures != nullptr) parts_.captures->sync();
}

void Upkeep::tell_status(Clock::time_point now) const {
  if (!parts_.on_status) return;
  Status status{.tally = parts_.recorder.tally(),
                .output = parts_.output.counts(),
                .wanted = links_.size(),
                .connections = connections(),
                .successions = successions(),
                .disconnects = disconnects_,
                .trouble = parts_.output.trouble()};
  for (const Link& link : links_) {
    status.standing += link.tick.is_connected ? 1 : 0;
    status.unread_bytes += link.tick.unread_bytes;
  }
  status.is_connected = status.standing == status.wanted;
  if (parts_.trades != nullptr) status.trades = parts_.trades->counts();
  if (status.trouble.empty() && parts_.trades != nullptr) status.trouble = parts_.trades->trouble();
  if (status.trouble.empty() && parts_.captures != nullptr)
    status.trouble = parts_.captures->trouble();
  if (last_frame_) status.seconds_since_frame = seconds(now - *last_frame_);
  if (last_book_) status.seconds_since_book = seconds(now - *last_book_);
  if (lag_ && std::chrono::abs(*lag_) <= past) status.lag_seconds = seconds(*lag_);
  status.symbols = symbol_statuses(parts_.recorder, parts_.output, parts_.captures);
  if (parts_.trades != nullptr) add_trades(parts_.recorder, *parts_.trades, status.symbols);
  if (parts_.wants_levels && parts_.wants_levels()) show_levels(parts_.recorder, status.symbols);
  std::error_code unknown;
  const auto space = std::filesystem::space(options_.out, unknown);
  if (options_.out != "-" && !unknown) status.disk_free_bytes = space.available;
  parts_.on_status(status);
}

void Upkeep::check_reached() const {
  if (connections() == 0 && !last_failure_.empty()) throw NetworkError{last_failure_};
}

std::uint64_t Upkeep::connections() const {
  std::uint64_t made = 0;
  for (const Link& link : links_) made += link.made;
  return made;
}

std::uint64_t Upkeep::reconnects() const {
  std::uint64_t again = 0;
  for (const Link& link : links_) again += link.made > 0 ? link.made - 1 : 0;
  return again;
}

std::uint64_t Upkeep::successions() const {
  std::uint64_t count = 0;
  for (const Link& link : links_) count += link.successions;
  return count;
}

}  // namespace obkit::obsave
