#include "obsave/watch/live_view.hpp"

#include <chrono>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "obkit/core/time.hpp"

namespace obkit::obsave {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

Timestamp at(const char* text) { return parse_iso(text).value(); }

Status status_of(const std::string& symbol, std::uint64_t gaps) {
  Status status;
  status.symbols[symbol].tally = {.books = 10, .gaps = gaps, .checks = 4, .agreed = 3};
  status.symbols[symbol].bids = {{.price = 99.5, .volume = 7}};
  status.symbols[symbol].asks = {{.price = 100, .volume = 8}};
  return status;
}

Json event_of(LiveView& view) { return Json::parse(*view.event().json); }

TEST(LiveView, nothing_is_kept_while_nobody_watches) {
  LiveView view{"deribit"};
  view.update(status_of("X", 1), "", at("2026-01-01T10:00:00Z"));
  EXPECT_EQ(view.event().number, 0U);
  {
    const LiveView::Watcher watcher{view};
    EXPECT_TRUE(view.is_watched());
    view.update(status_of("X", 1), "", at("2026-01-01T10:00:01Z"));
    EXPECT_EQ(view.event().number, 1U);
  }
  EXPECT_FALSE(view.is_watched());
  view.update(status_of("X", 1), "", at("2026-01-01T10:00:02Z"));
  EXPECT_EQ(view.event().number, 1U);
}

TEST(LiveView, an_event_has_the_levels_and_figures_of_each_symbol) {
  LiveView view{"deribit"};
  const LiveView::Watcher watcher{view};
  view.update(status_of("X", 1), "no book yet", at("2026-01-01T10:00:00Z"));
  const Json event = event_of(view);
  EXPECT_EQ(event["problem"], "no book yet");
  EXPECT_EQ(event["time"], 1767261600000);
  EXPECT_EQ(event["disk_free"], nullptr);
  const Json& symbol = event["symbols"][0];
  EXPECT_EQ(symbol["symbol"], "X");
  EXPECT_EQ(symbol["bids"], Json::parse("[[99.5,7.0]]"));
  EXPECT_EQ(symbol["asks"], Json::parse("[[100.0,8.0]]"));
  EXPECT_EQ(symbol["agreed"], 3);
  EXPECT_EQ(symbol["lag"], nullptr);
}

TEST(LiveView, gaps_of_today_begin_at_midnight) {
  LiveView view{"deribit"};
  const LiveView::Watcher watcher{view};
  const auto gaps_at = [&](std::uint64_t gaps, const char* time) {
    view.update(status_of("X", gaps), "", at(time));
    return event_of(view)["symbols"][0]["gaps_today"].get<int>();
  };
  EXPECT_EQ(gaps_at(2, "2026-01-01T23:59:58Z"), 2);
  EXPECT_EQ(gaps_at(3, "2026-01-01T23:59:59Z"), 3);
  EXPECT_EQ(gaps_at(3, "2026-01-02T00:00:00Z"), 0);
  EXPECT_EQ(gaps_at(5, "2026-01-02T00:00:01Z"), 2);
}

TEST(LiveView, trades_and_their_gaps_are_there_where_they_are_recorded) {
  LiveView view{"deribit"};
  const LiveView::Watcher watcher{view};
  const auto event_at = [&](std::optional<TradeCounts> trades, const char* time) {
    Status status = status_of("X", 1);
    status.trades = status.symbols["X"].trades = trades;
    view.update(status, "", at(time));
    return event_of(view);
  };
  const Json without = event_at({}, "2026-01-01T23:59:58Z");
  EXPECT_EQ(without["trades"], nullptr);
  EXPECT_EQ(without["symbols"][0]["trades"], nullptr);
  const Json with = event_at(TradeCounts{.trades = 40, .gaps = 2}, "2026-01-01T23:59:59Z");
  EXPECT_EQ(with["trades"], 40);
  EXPECT_EQ(with["symbols"][0]["trades"], 40);
  EXPECT_EQ(with["symbols"][0]["trade_gaps_today"], 2);
  const auto today = [&](std::uint64_t gaps, const char* time) {
    return event_at(TradeCounts{.gaps = gaps}, time)["symbols"][0]["trade_gaps_today"];
  };
  EXPECT_EQ(today(2, "2026-01-02T00:00:00Z"), 0);
  EXPECT_EQ(today(5, "2026-01-02T00:00:01Z"), 3);
}

TEST(LiveView, a_name_of_any_bytes_is_one_line_of_json) {
  LiveView view{"deribit"};
  const LiveView::Watcher watcher{view};
  view.update(status_of("</script>\n\xff", 0), "", at("2026-01-01T10:00:00Z"));
  EXPECT_THAT(*view.event().json, Not(HasSubstr("\n")));
  EXPECT_EQ(event_of(view)["symbols"][0]["symbol"], "</script>\n\ufffd");
}

TEST(LiveView, of_many_symbols_the_first_are_shown) {
  LiveView view{"deribit"};
  const LiveView::Watcher watcher{view};
  Status status;
  for (int i = 0; i < 500; ++i) status.symbols["S" + std::to_string(i)];
  view.update(status, "", at("2026-01-01T10:00:00Z"));
  EXPECT_EQ(event_of(view)["symbols"].size(), LiveView::most_symbols);
  EXPECT_EQ(event_of(view)["symbol_count"], 500);
}

}  // namespace
}  // namespace obkit::obsave
