#include "obsave/watch/live_view.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "obkit/core/version.hpp"
#include "obkit/report/page.hpp"
#include "obkit/report/text.hpp"

#include "obsave/watch/page_texts.hpp"

namespace obkit::obsave {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json levels_json(const std::vector<BestLevel>& levels) {
  Json list = Json::array();
  for (const auto& [price, volume] : levels) list.push_back({price, volume});
  return list;
}

std::uint64_t trade_gaps(const SymbolStatus& status) {
  return status.trades ? status.trades->gaps : 0;
}

/// `gaps`: of today, of books and of trades.
Json symbol_json(const std::string& name, const SymbolStatus& status,
                 std::pair<std::uint64_t, std::uint64_t> gaps) {
  const Tally& tally = status.tally;
  return {{"symbol", name},
          {"books", tally.books},
          {"gaps_today", gaps.first},
          {"trades", status.trades ? Json(status.trades->trades) : Json(nullptr)},
          {"trade_gaps_today", gaps.second},
          {"checks", tally.checks},
          {"agreed", tally.agreed},
          {"written", status.can_be_written},
          {"age", or_null(status.seconds_since_book)},
          {"lag", or_null(status.lag_seconds)},
          {"bids", levels_json(status.bids)},
          {"asks", levels_json(status.asks)}};
}

}  // namespace

LiveView::LiveView(std::string venue) : venue_{std::move(venue)} {}

void LiveView::update(const Status& status, const std::string& problem, Timestamp now) {
  const auto today = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  if (today != today_) {
    const bool is_first = today_ == 0;
    today_ = today;
    gaps_before_today_.clear();
    for (const auto& [symbol, one] : status.symbols)
      if (!is_first)
        gaps_before_today_[symbol] = {.books = one.tally.gaps, .trades = trade_gaps(one)};
  }
  if (!is_watched()) return;
  auto snapshot =
      std::make_shared<const Snapshot>(Snapshot{.number = ++updates_,
                                                .time = now,
                                                .status = status,
                                                .problem = problem,
                                                .gaps_before_today = gaps_before_today_});
  const std::lock_guard lock{mutex_};
  snapshot_.swap(snapshot);
}

LiveView::Event LiveView::event() {
  std::shared_ptr<const Snapshot> taken;
  {
    const std::lock_guard lock{mutex_};
    taken = snapshot_;
  }
  if (!taken || taken->number == event_.number) return event_;
  const Status& status = taken->status;
  Json symbols = Json::array();
  for (const auto& [name, one] : status.symbols) {
    if (symbols.size() == most_symbols) break;
    const auto found = taken->gaps_before_today.find(name);
    const auto before = found == taken->gaps_before_today.end() ? SymbolGaps{} : found->second;
    const auto since = [](std::uint64_t now, std::uint64_t then) {
      return now - std::min(now, then);
    };
    symbols.push_back(symbol_json(
        name, one, {since(one.tally.gaps, before.books), since(trade_gaps(one), before.trades)}));
  }
  const Json json{
      {"time",
       std::chrono::floor<std::chrono::milliseconds>(taken->time.time_since_epoch()).count()},
      {"venue", venue_},
      {"problem", taken->problem},
      {"connected", status.is_connected},
      {"connections", status.connections},
      {"books", status.tally.books},
      {"frames", status.tally.frames},
      {"trades", status.trades ? Json(status.trades->trades) : Json(nullptr)},
      {"lag", or_null(status.lag_seconds)},
      {"disk_free", status.disk_free_bytes ? Json(*status.disk_free_bytes) : Json(nullptr)},
      {"symbol_count", status.symbols.size()},
      {"symbols", std::move(symbols)}};
  event_ = {.number = taken->number,
            .json = std::make_shared<const std::string>(
                json.dump(-1, ' ', false, Json::error_handler_t::replace))};
  return event_;
}

std::string live_page(std::string_view venue) {
  const std::string scripts =
      report::fill("<script>\n(() => {\n\"use strict\";\n{{format}}\n{{live}}\n})();\n</script>",
                   {{"format", report::format_js()}, {"live", assets::live_js}});
  return report::page_html({.kind = "live recording",
                            .title = "Recording " + std::string{venue},
                            .span = "waiting for the recorder",
                            .tool = "obsave " + std::string{version()},
                            .body_html = std::string{assets::live_html},
                            .style = assets::live_css,
                            .policy = "script-src 'unsafe-inline'; connect-src 'self'",
                            .fetches =
                                "This page asks the recorder that served it, and nobody else. "
                                "Nothing can be changed here.",
                            .scripts_html = scripts});
}

}  // namespace obkit::obsave
