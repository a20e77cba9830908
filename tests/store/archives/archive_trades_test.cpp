#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/trade_line.hpp"

#include "archive_text.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Each trade of a file of this name: symbol, the line that it becomes, its number and a reason why
/// trades before it may be missing.
std::vector<std::string> trades_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<std::string> names;
  for (const auto& [name, text] : files) names.push_back(name);
  const auto open = [&](const std::string& name) {
    for (const auto& [known, text] : files)
      if (known == name) return memory(text);
    return memory("");
  };
  ArchiveReader reader{names, open, {}, TradeTables::read};
  std::vector<std::string> found;
  while (const auto event = reader.next()) {
    EXPECT_EQ(event->kind, ArchiveEvent::Kind::trades);
    for (const Trade& trade : event->trades.front().trades) {
      std::string line = event->trades.front().symbol + " ";
      append_trade_line(line, {.trade = trade});
      line.pop_back();
      if (trade.number) line += " " + std::to_string(*trade.number);
      if (!event->text.empty()) line += " " + std::string{event->text};
      found.push_back(std::move(line));
    }
  }
  return found;
}

std::string trade_problem(const std::string& name, const std::string& text) {
  try {
    static_cast<void>(trades_of({{name, text}}));
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

constexpr const char* tardis_header =
    "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n";

TEST(ArchiveTrades, of_tardis_have_the_receive_time_of_their_own) {
  ArchiveReader reader{{"trades.csv"},
                       [](const std::string&) {
                         return memory(std::string{tardis_header} +
                                       "bybit,BTCUSDT,1786310820346000,1786310820350001,a,buy,"
                                       "61804.50,0.01\n");
                       },
                       {},
                       TradeTables::read};
  const auto event = reader.next();
  ASSERT_TRUE(event && event->kind == ArchiveEvent::Kind::trades);
  EXPECT_EQ(format_iso(*event->received, 6), "2026-08-09T21:27:00.350001Z");
  EXPECT_EQ(event->trades[0].trades[0],
            (Trade{.time = parse_iso("2026-08-09T21:27:00.346Z").value(),
                   .price = parse_price("61804.50").value(),
                   .volume = 0.01,
                   .aggressor = Aggressor::buyer,
                   .id = "a"}));
  EXPECT_FALSE(reader.next());
}

TEST(ArchiveTrades, of_binance_are_known_by_name_and_shape_where_no_header_is) {
  EXPECT_THAT(trades_of({{"x/BTCUSDT-trades-2024-08-08.csv",
                          "3735683259,61837.63000000,0.02,1236.7,1723161255342,True,True\n"}}),
              ElementsAre(R"(BTCUSDT {"time":"2024-08-08T23:54:15.342000Z","price":61837.63000000,)"
                          R"("volume":0.02,"side":"sell","id":"3735683259"} 3735683259)"));
  EXPECT_THAT(trades_of({{"BTCUSDT-trades-2025-08-08.csv",
                          "1,61837.6,0.02,1236.7,1754611200123456,False,True\n"}}),
              ElementsAre(HasSubstr(R"("time":"2025-08-08T00:00:00.123456Z")")))
      << "spot has microseconds since 2025";
  EXPECT_THAT(trades_of({{"BTCUSD_PERP-aggTrades-2024-08-08.csv",
                          "7,61837.6,3,10,12,1723161255342,false\n"}}),
              ElementsAre(R"(BTCUSD_PERP {"time":"2024-08-08T23:54:15.342000Z","price":61837.6,)"
                          R"("volume":3,"side":"buy","id":"7"} 7)"));
  EXPECT_THAT(trade_problem("other.csv", "1,61837.6,0.02,1236.7,1754611200123456,False,True\n"),
              HasSubstr("rows of numbers without a header"));
}

TEST(ArchiveTrades, of_a_header_alone_need_the_symbol_in_the_name) {
  const std::string header = "id,price,qty,base_qty,time,is_buyer_maker\n";
  EXPECT_THAT(trade_problem("nameless.csv", header),
              HasSubstr("expected a name that tells the symbol, as SYMBOL-trades-2024-08-08.csv"));
}

TEST(ArchiveTrades, that_stand_the_newest_first_are_turned_round) {
  const std::string header =
      "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,"
      "foreignNotional\n";
  const auto row = [](const std::string& time, const std::string& id) {
    return time + ",BTCUSD,Sell,7,7172.0,ZeroMinusTick," + id + ",1,7,0.001\n";
  };
  const auto ids_of = [&](const std::string& rows) {
    std::string ids;
    for (const std::string& line : trades_of({{"BTCUSD2020-01-02.csv", header + rows}}))
      ids += line.substr(line.find("\"id\":\"") + 6, 1);
    return ids;
  };
  EXPECT_EQ(
      ids_of(row("1577923200.9512", "c") + row("1577923200.9512", "b") + row("1577923200.1", "a")),
      "abc");
  EXPECT_EQ(ids_of(row("1577923200.1", "a") + row("1577923200.1", "b") +
                   row("1577923200.9512", "c") + row("1577923200.3", "d")),
            "abcd");
  EXPECT_EQ(ids_of(row("1577923200.1", "a") + row("1577923200.1", "b")), "ab");
  EXPECT_EQ(ids_of(""), "");
}

TEST(ArchiveTrades, of_bitmex_have_nanoseconds_and_may_have_no_side) {
  EXPECT_THAT(
      trades_of({{"20181205.csv",
                  "timestamp,symbol,side,size,price,tickDirection,trdMatchID\n"
                  "2018-12-05D00:00:25.948313000,XBTUSD,,20,3900.5,MinusTick,e1\n"}}),
      ElementsAre(R"(XBTUSD {"time":"2018-12-05T00:00:25.948313Z","price":3900.5,"volume":20,)"
                  R"("id":"e1"})"));
}

TEST(ArchiveTrades, with_retail_orders_are_marked) {
  const auto found = trades_of({{"BTCUSDT_2026-08-09.csv",
                                 "id,timestamp,price,volume,side,rpi\n"
                                 "1,1786310820346,61804.5,0.04537,sell,1\n"
                                 "2,1786310820346,61804.5,0.04537,buy,0\n"}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0], HasSubstr(R"("off":"rpi")"));
  EXPECT_THAT(found[1], testing::Not(HasSubstr("off")));
}

TEST(ArchiveTrades, a_day_without_any_is_a_hole) {
  const auto row = [](const char* time) {
    return "bybit,X," + std::string{time} + "," + time + ",a,unknown,1,1\n";
  };
  const std::string header = tardis_header;
  EXPECT_THAT(trades_of({{"a.csv", header + row("1786310820346000")},
                         {"b.csv", header + row("1786397220346000")},
                         {"c.csv", header + row("1786483620346001")}}),
              ElementsAre(testing::Not(HasSubstr("hole")), testing::Not(HasSubstr("hole")),
                          HasSubstr("the archive has a hole")));
}

TEST(ArchiveTrades, malformed_cells_are_named_by_line_and_column) {
  const std::string header = tardis_header;
  EXPECT_EQ(trade_problem("t.csv", header + "bybit,X,1786310820346000,1786310820346000,a,b,1,1\n"),
            "t.csv:2:45: expected buy, sell or unknown, found b");
  EXPECT_THAT(
      trade_problem("X_2026-08-09.csv", "id,timestamp,price,volume,side\n1,1786310820,1,1,buy\n"),
      HasSubstr(":2:3: expected milliseconds or microseconds since 1970, from 2000 on"));
  EXPECT_THAT(trade_problem("X-trades-1.csv",
                            "id,price,qty,time,is_buyer_maker\n"
                            "1.5,1,1,1786310820346,true\n"),
              HasSubstr(":2:1: expected a whole number, found 1.5"));
}

TEST(ArchiveTrades, are_refused_where_nobody_wants_them_and_so_are_liquidations_always) {
  EXPECT_EQ(problem_of(tardis_header), "0:1: expected books, found trades: --trades reads them");
  EXPECT_THAT(trade_problem("bybit_liquidations_X.csv", tardis_header),
              HasSubstr("found trades or liquidations"));
}

}  // namespace
}  // namespace obkit::store
