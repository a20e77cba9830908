#include "obkit/store/trade_reader.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "obkit/core/error.hpp"
#include "obkit/store/compressed_sink.hpp"
#include "obkit/store/input.hpp"

#include "test_input.hpp"

namespace obkit::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// As docs/formats.md has it.
constexpr const char* documented_trade =
    R"({"time":"2026-08-09T21:26:58.123456Z","price":61804.5,"volume":120,"side":"buy",)"
    R"("recv":1786310818124000000,"id":"5266583935"})";

std::string trade_line(const std::string& time, std::string_view further = "") {
  return R"({"time":")" + time + R"(","price":61804.50,"volume":0.5,"side":"sell")" +
         std::string{further} + "}\n";
}

TradeReader trade_reader_of(const std::string& text, BadLine bad_line = BadLine::refuse) {
  return {std::make_unique<MemorySource>(text), "A_20260809.trades.txt", bad_line};
}

std::string trade_message_of(const std::string& text) {
  try {
    TradeReader reader = trade_reader_of(text);
    while (reader.next()) {
    }
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(TradeReader, reads_each_key_of_the_documented_line_and_writes_it_back) {
  TradeReader reader = trade_reader_of(documented_trade + std::string{"\n"});
  ASSERT_TRUE(reader.next());
  const RecordedTrade& read = reader.trade();
  EXPECT_EQ(format_iso(read.trade.time, 9), "2026-08-09T21:26:58.123456000Z");
  EXPECT_EQ(to_string(read.trade.price), "61804.5");
  EXPECT_EQ(read.trade.volume, 120);
  EXPECT_EQ(read.trade.aggressor, Aggressor::buyer);
  EXPECT_EQ(read.recv->time_since_epoch().count(), 1786310818124000000);
  EXPECT_EQ(read.trade.id, "5266583935");
  EXPECT_EQ(read.trade.off, "");
  EXPECT_FALSE(read.gap);
  std::string written;
  append_trade_line(written, read);
  EXPECT_EQ(written, documented_trade + std::string{"\n"});
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.report().books, 1U);
  EXPECT_THAT(warnings(reader.report()), IsEmpty());
}

TEST(TradeReader, optional_keys_any_order_and_unknown_keys_are_read) {
  TradeReader reader = trade_reader_of(
      R"({"off":"block", "more":[1,{}], "volume": 3e2, "gap": true, "price": -5.10,)"
      R"( "time":"2026-08-09T00:00:00Z"})");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.trade().trade.off, "block");
  EXPECT_EQ(reader.trade().trade.volume, 300);
  EXPECT_EQ(to_string(reader.trade().trade.price), "-5.10");
  EXPECT_EQ(reader.trade().trade.aggressor, std::nullopt);
  EXPECT_EQ(reader.trade().recv, std::nullopt);
  EXPECT_TRUE(reader.trade().gap);
  std::string written;
  append_trade_line(written, reader.trade());
  EXPECT_EQ(written,
            R"({"time":"2026-08-09T00:00:00.000000Z","price":-5.10,"volume":300,"gap":true,)"
            R"("off":"block"})"
            "\n");
}

TEST(TradeReader, bad_lines_are_named_by_file_line_and_key) {
  const std::string good = trade_line("2026-08-09T21:00:00Z");
  const auto message = [&](const std::string& bad) { return trade_message_of(good + bad + "\n"); };
  EXPECT_EQ(message(R"({"time":"21:00","price":1,"volume":1})"),
            "A_20260809.trades.txt:2: key 'time': expected a time as 2026-08-09T21:26:58.123456Z, "
            "found 21:00");
  EXPECT_THAT(message(R"({"time":"2026-08-09T21:00:00Z","price":"1","volume":1})"),
              HasSubstr("key 'price': expected a price, found \"1\""));
  EXPECT_THAT(message(R"({"time":"2026-08-09T21:00:00Z","price":1,"volume":-1})"),
              HasSubstr("key 'volume': expected a volume >= 0, found -1"));
  EXPECT_THAT(message(R"({"time":"2026-08-09T21:00:00Z","price":1,"volume":1,"side":"Buy"})"),
              HasSubstr("key 'side': expected buy or sell, found Buy"));
  EXPECT_THAT(message(R"({"time":"2026-08-09T21:00:00Z","price":1})"),
              HasSubstr("expected the key 'volume'"));
  EXPECT_THAT(message(""), HasSubstr(":2: "));
}

TEST(TradeReader, files_of_another_kind_are_called_by_their_names) {
  EXPECT_THAT(trade_message_of(book_line(0)),
              HasSubstr("expected trades of an exchange, found a day-file"));
  EXPECT_THAT(trade_message_of(R"({"direction":"BUY","open_price":1,"close_price":2})"
                               "\n"),
              HasSubstr("found trades, which obbacktest writes"));
}

TEST(TradeReader, a_torn_last_line_ends_the_file_and_is_told) {
  const std::string text = trade_line("2026-08-09T21:00:00Z") + R"({"time":"2026-08-)";
  TradeReader reader = trade_reader_of(text);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.lost_lines());
  EXPECT_THAT(warnings(reader.report()),
              ElementsAre("A_20260809.trades.txt:2: the last line is torn, it is ignored"));
}

TEST(TradeReader, behind_a_skipped_line_there_is_a_gap) {
  TradeReader reader = trade_reader_of(
      trade_line("2026-08-09T21:00:00Z") + "nonsense\n" + trade_line("2026-08-09T21:00:01Z"),
      BadLine::skip);
  ASSERT_TRUE(reader.next());
  EXPECT_FALSE(reader.trade().gap);
  ASSERT_TRUE(reader.next());
  EXPECT_TRUE(reader.trade().gap);
  EXPECT_EQ(reader.report().skipped, 1U);
}

TEST(TradeReader, trades_that_go_back_in_time_are_counted) {
  TradeReader reader = trade_reader_of(trade_line("2026-08-09T21:00:00.000002Z") +
                                       trade_line("2026-08-09T21:00:00.000001Z"));
  while (reader.next()) {
  }
  EXPECT_EQ(reader.report().time_went_back, 1U);
}

TEST(TradeReader, an_empty_file_has_no_trade) {
  TradeReader reader = trade_reader_of("");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.report().books, 0U);
}

struct ReadTrades {
  std::vector<std::string> times;
  std::vector<bool> gaps;
  ReadReport report;
};

ReadTrades read_trades(const std::vector<std::string>& inputs) {
  TradeStream stream{inputs, BadLine::refuse};
  ReadTrades result;
  while (stream.next()) {
    result.times.push_back(format_iso(stream.trade().trade.time, 0));
    result.gaps.push_back(stream.trade().gap);
  }
  result.report = stream.report();
  return result;
}

TEST(TradeStream, a_folder_gives_the_days_of_one_symbol_in_order_and_leaves_day_files_out) {
  const ScratchFolder folder;
  const auto second = folder.file("A_20260810.trades.txt", trade_line("2026-08-10T00:00:00Z"));
  const auto first = folder.file("A_20260809.trades.txt", trade_line("2026-08-09T21:00:00Z"));
  static_cast<void>(folder.file("A_20260809.txt", book_line(0, "", 20260809)));
  static_cast<void>(folder.file("A_20260809.manifest.json", "{}"));
  const auto files = trade_files(folder.path());
  EXPECT_THAT(files, ElementsAre(first, second));
  const ReadTrades result = read_trades(files);
  EXPECT_THAT(result.times, ElementsAre("2026-08-09T21:00:00Z", "2026-08-10T00:00:00Z"));
  EXPECT_THAT(result.gaps, ElementsAre(false, false)) << "the next day goes on";
  const std::string path{folder.path()};
  EXPECT_THAT(expand_inputs(std::span{&path, 1}, FileKind::day_file),
              ElementsAre(path + "/A_20260809.txt"));
}

TEST(TradeStream, another_symbol_a_day_left_out_and_a_torn_end_leave_gaps) {
  const ScratchFolder folder;
  const auto file = [&](const char* name, const std::string& text) {
    return folder.file(name, text);
  };
  const auto ninth = file("A_20260809.trades.txt", trade_line("2026-08-09T21:00:00Z"));
  const auto eleventh = file("A_20260811.trades.txt", trade_line("2026-08-11T21:00:00Z"));
  EXPECT_THAT(read_trades({ninth, eleventh}).gaps, ElementsAre(false, true));
  const auto other = file("B_20260810.trades.txt", trade_line("2026-08-10T21:00:00Z"));
  EXPECT_THAT(read_trades({ninth, other}).gaps, ElementsAre(false, true));
  const auto torn = file("C_20260809.trades.txt", trade_line("2026-08-09T21:00:00Z") + "{\"time");
  const auto behind = file("C_20260810.trades.txt", trade_line("2026-08-10T21:00:00Z"));
  const ReadTrades result = read_trades({torn, behind});
  EXPECT_THAT(result.gaps, ElementsAre(false, true));
  EXPECT_THAT(result.report.torn.value_or(""), HasSubstr("the last line is torn"));
  EXPECT_EQ(read_trades({eleventh, ninth}).report.time_went_back, 1U);
}

TEST(TradeStream, a_folder_of_two_symbols_asks_which) {
  const ScratchFolder folder;
  static_cast<void>(folder.file("A_20260809.trades.txt", ""));
  const auto b = folder.file("B_20260809.trades.txt", "");
  EXPECT_THROW(static_cast<void>(trade_files(folder.path())), UsageError);
  EXPECT_THAT(trade_files(folder.path(), "B"), ElementsAre(b));
  EXPECT_THROW(static_cast<void>(trade_files(folder.path(), "C")), IoError);
  EXPECT_THAT(read_trades({b}).times, IsEmpty());
}

TEST(TradeStream, packed_files_are_read) {
  const ScratchFolder folder;
  const auto path = folder / "A_20260809.trades.txt.zst";
  const auto sink = compressed(open_sink(path, Existing::refuse));
  sink->write(trade_line("2026-08-09T21:00:00Z"));
  sink->close();
  EXPECT_THAT(read_trades(trade_files(folder.path())).times, ElementsAre("2026-08-09T21:00:00Z"));
}

TEST(TradeStream, a_file_that_is_missing_is_an_io_error) {
  EXPECT_THROW(static_cast<void>(trade_files("/nowhere/A_20260809.trades.txt")), IoError);
}

}  // namespace
}  // namespace obkit::store
