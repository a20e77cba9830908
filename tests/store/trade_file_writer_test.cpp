#include "obkit/store/trade_file_writer.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/trade_reader.hpp"
#include "obkit/store/verify.hpp"

#include "recording.hpp"
#include "test_input.hpp"

namespace obkit::store {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* first_day = "2019-08-23T00:00:00Z";

RecordedTrade trade_at(std::int64_t microseconds, bool gap = false) {
  RecordedTrade trade;
  trade.trade = {.time = parse_iso(first_day).value() + std::chrono::microseconds{microseconds},
                 .price = parse_price("9.50").value(),
                 .volume = 2.5,
                 .aggressor = Aggressor::seller,
                 .id = "a-1"};
  trade.gap = gap;
  return trade;
}

/// Microseconds of the first day, those of trades with a gap negative. Nothing may be wrong.
std::vector<std::int64_t> trade_times_of(const fs::path& path) {
  TradeStream stream{{path.string()}, BadLine::refuse};
  std::vector<std::int64_t> times;
  while (stream.next()) {
    const auto since = stream.trade().trade.time - parse_iso(first_day).value();
    const auto time = std::chrono::floor<std::chrono::microseconds>(since).count();
    times.push_back(stream.trade().gap ? -time : time);
  }
  EXPECT_EQ(stream.report().torn, std::nullopt);
  EXPECT_EQ(stream.report().time_went_back, 0U);
  return times;
}

class TradeFiles : public RecordingTest, public testing::WithParamInterface<Compress> {
 protected:
  DayFileOptions asked(Overlap overlap = Overlap::clamp) {
    DayFileOptions asked = options(GetParam());
    asked.overlap = overlap;
    asked.lock_holder = "a test";
    asked.manifest = RecordingOrigin{"bitmex", "Primary", "ws.example", "obsave test"};
    return asked;
  }
  TradeFileWriter trade_writer(const DayFileOptions& asked) {
    return TradeFileWriter{asked, [this](const OpenedDayFile& file) { opened_.push_back(file); }};
  }
  /// One run of the recorder.
  void record(const std::vector<std::int64_t>& times) {
    auto out = trade_writer(asked());
    for (const std::int64_t time : times) out.write(trade_at(time));
    out.close();
  }
  fs::path file(int date = 20190823) {
    const char* const ending = GetParam() == Compress::yes ? ".trades.txt.zst" : ".trades.txt";
    return folder_ / ("XBT_USD_" + std::to_string(date) + ending);
  }
  Manifest manifest(int date = 20190823) { return read_manifest(manifest_path(file(date))); }
  TradeRecord record_of(int date = 20190823) { return manifest(date).trades.value(); }

  static constexpr std::int64_t whole_day = 86'400'000'000;
};

TEST_P(TradeFiles, have_the_bytes_that_the_format_says) {
  record({61'123'456});
  auto source = open_input(file().string());
  EXPECT_EQ(all_of(*source),
            R"({"time":"2019-08-23T00:01:01.123456Z","price":9.50,"volume":2.5,"side":"sell",)"
            R"("id":"a-1"})"
            "\n");
}

TEST_P(TradeFiles, begin_anew_with_each_day_and_midnight_is_no_gap) {
  auto out = trade_writer(asked());
  for (const std::int64_t time : {1L, whole_day - 1, whole_day, whole_day + 1})
    out.write(trade_at(time));
  out.close();
  EXPECT_THAT(trade_times_of(file()), ElementsAre(1, whole_day - 1));
  EXPECT_THAT(trade_times_of(file(20190824)), ElementsAre(whole_day, whole_day + 1));
  EXPECT_EQ(out.files(), 2U);
  EXPECT_EQ(out.trades(), 4U);
  EXPECT_EQ(out.gaps(), 0U);
}

TEST_P(TradeFiles, a_trade_that_comes_too_late_keeps_the_order_and_is_counted) {
  auto out = trade_writer(asked());
  for (const std::int64_t time : {5, 4, 6}) out.write(trade_at(time));
  out.close();
  EXPECT_THAT(trade_times_of(file()), ElementsAre(5, 5, 6));
  EXPECT_EQ(out.late(), 1U);
}

TEST_P(TradeFiles, are_described_in_the_manifest_of_their_day) {
  auto out = trade_writer(asked());
  out.add({.updates = 7, .breaks = 1});
  out.write(trade_at(1'000));
  out.write(trade_at(2'000, true), "trades from number 5 to 6 are missing");
  RecordedTrade block = trade_at(3'000);
  block.trade.off = "block";
  out.write(block);
  out.sync();
  EXPECT_EQ(record_of().trades, 3U);
  EXPECT_EQ(record_of().sha256, std::nullopt) << "it goes on";
  out.close();
  const TradeRecord record = record_of();
  EXPECT_EQ(record.file, file().filename().string());
  EXPECT_EQ(record.trades, 3U);
  EXPECT_EQ(record.off_book, 1U);
  EXPECT_EQ(record.bytes, fs::file_size(file()));
  EXPECT_EQ(record.sha256, sha256_of_file(file().string()));
  EXPECT_EQ(record.sequence, (SequenceCount{.updates = 7, .breaks = 1}));
  EXPECT_EQ(record.first, (DateTime{20190823, 1}));
  EXPECT_EQ(record.last, (DateTime{20190823, 3}));
  EXPECT_THAT(record.gaps,
              ElementsAre(ManifestGap{
                  DateTime{20190823, 1}, {20190823, 2}, "trades from number 5 to 6 are missing"}));
  EXPECT_EQ(manifest().symbol, "XBT/USD");
  EXPECT_EQ(manifest().books, 0U);
}

TEST_P(TradeFiles, and_books_share_one_manifest_whoever_writes_it_last) {
  for (const bool books_last : {false, true}) {
    fs::remove_all(folder_);
    auto books = writer(asked());
    auto trades = trade_writer(asked());
    books.write(book_at(20190823, 1));
    trades.write(trade_at(1'000));
    books.sync();
    trades.sync();
    books.write(book_at(20190823, 2));
    trades.write(trade_at(2'000));
    if (books_last) trades.close();
    books.close();
    trades.close();
    EXPECT_EQ(manifest().books, 2U);
    EXPECT_TRUE(manifest().closed);
    EXPECT_EQ(record_of().trades, 2U);
    EXPECT_TRUE(record_of().sha256);
    const std::string path = folder_.string();
    const auto days = days_of(std::span{&path, 1});
    ASSERT_EQ(days.size(), 2U);
    for (const std::string& day : days) {
      EXPECT_THAT(verify_day(day).problems, IsEmpty()) << day;
      EXPECT_THAT(verify_day(day).notes, IsEmpty()) << day;
    }
    EXPECT_FALSE(verify_day(days[0]).of_trades);
    EXPECT_TRUE(verify_day(days[1]).of_trades);
    EXPECT_EQ(verify_day(days[1]).books, 2U);
  }
}

TEST_P(TradeFiles, and_books_tell_what_is_learnt_of_the_instrument_from_then_on) {
  const InstrumentTerms terms{.tick = "0.5", .unit = "USD", .contract_size = "100"};
  auto trades = trade_writer(asked());
  trades.write(trade_at(1'000));
  trades.describe(terms);
  trades.sync();
  EXPECT_EQ(manifest().origin.instrument, terms) << "nothing else is new";
  trades.write(trade_at(whole_day));
  trades.sync();
  EXPECT_EQ(manifest(20190824).origin.instrument, terms);

  fs::remove(manifest_path(file(20190824)));
  auto books = writer(asked());
  books.write(book_at(20190824, 1));
  books.sync();
  EXPECT_EQ(manifest(20190824).origin.instrument, InstrumentTerms{});
  books.describe(terms);
  books.sync();
  EXPECT_EQ(manifest(20190824).origin.instrument, terms);
  books.write(book_at(20190825, 1));
  books.close();
  EXPECT_EQ(manifest(20190825).origin.instrument, terms);
}

TEST_P(TradeFiles, books_that_come_after_trades_take_their_manifest_over) {
  auto trades = trade_writer(asked());
  trades.write(trade_at(1'000));
  trades.sync();
  auto books = writer(asked());
  books.write(book_at(20190823, 1));
  books.close();
  trades.close();
  for (const OpenedDayFile& file : opened_) EXPECT_THAT(file.notes, IsEmpty()) << file.path;
  EXPECT_EQ(manifest().books, 1U);
  EXPECT_EQ(record_of().trades, 1U);
}

TEST_P(TradeFiles, a_restart_is_a_gap_in_the_same_day_and_in_a_later_one) {
  record({1, 2});
  record({3, 4});
  EXPECT_THAT(trade_times_of(file()), ElementsAre(1, 2, -3, 4));
  EXPECT_EQ(record_of().gap_count(), 1U);
  EXPECT_EQ(record_of().trades, 4U);
  EXPECT_EQ(record_of().sha256, sha256_of_file(file().string()));
  record({whole_day + 5});
  EXPECT_THAT(trade_times_of(file(20190824)), ElementsAre(-(whole_day + 5)));
  EXPECT_THAT(record_of(20190824).gaps[0].reason, "restart");
}

TEST_P(TradeFiles, a_recorder_that_was_killed_is_healed) {
  {
    auto out = trade_writer(asked());
    out.write(trade_at(1));
    out.sync();
    out.write(trade_at(2));
    out.sync();
    // As a kill leaves it: what the manifest says of it was never finished.
    fs::copy(file(), folder_ / "copy");
    fs::copy(manifest_path(file()), folder_ / "manifest");
  }
  fs::rename(folder_ / "copy", file());
  fs::rename(folder_ / "manifest", manifest_path(file()));
  put_text(file(), text_of(file()) + (GetParam() == Compress::yes ? "\x28\xB5\x2F" : "{\"time\":"));
  record({3});
  EXPECT_THAT(trade_times_of(file()), ElementsAre(1, 2, -3));
  EXPECT_GT(opened_.back().cut_bytes, 0U);
  EXPECT_EQ(record_of().trades, 3U);
  EXPECT_THAT(verify_day(file().string()).problems, IsEmpty());
}

TEST_P(TradeFiles, a_day_that_was_left_open_is_finished_by_the_next_run) {
  fs::create_directories(folder_);
  {
    auto out = trade_writer(asked());
    out.write(trade_at(1));
    out.sync();
    fs::copy(manifest_path(file()), folder_ / "manifest");
  }
  fs::rename(folder_ / "manifest", manifest_path(file()));
  EXPECT_EQ(record_of().sha256, std::nullopt);
  record({whole_day + 1});
  EXPECT_EQ(record_of().sha256, sha256_of_file(file().string()));
}

TEST_P(TradeFiles, on_a_full_disk_nothing_is_harmed_and_the_next_trade_bears_a_gap) {
  auto out = trade_writer(asked());
  out.write(trade_at(1));
  out.sync();
  const std::string before = text_of(file());
  {
    const FileSizeLimit full{before.size() + 10};
    EXPECT_THROW(
        {
          out.write(trade_at(2));
          out.sync();
        },
        IoError);
    EXPECT_EQ(text_of(file()), before) << "the part that went in is cut off again";
  }
  out.skip("File too large");
  out.write(trade_at(4));
  out.write(trade_at(5));
  out.close();
  EXPECT_THAT(trade_times_of(file()), ElementsAre(1, -4, 5));
  EXPECT_EQ(out.trades(), 3U);
  EXPECT_EQ(out.lost(), 2U);
  EXPECT_EQ(record_of().trades, 3U);
  EXPECT_THAT(record_of().gaps[0].reason, "File too large");
  EXPECT_THAT(verify_day(file().string()).problems, IsEmpty());
}

TEST_P(TradeFiles, what_is_there_already_is_refused_where_it_would_stand_twice) {
  record({5});
  auto out = trade_writer(asked(Overlap::refuse));
  try {
    out.write(trade_at(4));
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("it holds trades up to 2019-08-23T00:00:00.000005Z"));
  }
}

TEST_P(TradeFiles, one_recorder_has_them_at_a_time_and_that_of_books_is_another) {
  const auto first = trade_writer(asked());
  EXPECT_THROW(trade_writer(asked()), IoError);
  EXPECT_NO_THROW(writer(asked()));
}

TEST_P(TradeFiles, trades_that_are_lost_at_the_end_are_declared) {
  auto out = trade_writer(asked());
  out.write(trade_at(1'000));
  out.lose_end({20190823, 5}, "the connection was cut");
  out.close();
  EXPECT_THAT(
      record_of().gaps,
      ElementsAre(ManifestGap{DateTime{20190823, 1}, {20190823, 5}, "the connection was cut"}));
  const DayReport report = verify_day(file().string());
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("trades are missing behind the last one")));
}

TEST_P(TradeFiles, verifying_finds_each_fault) {
  const auto problems_with = [&](const std::function<void(Manifest&)>& change) {
    fs::remove_all(folder_);
    record({1'000, 2'000});
    Manifest changed = manifest();
    change(changed);
    write_manifest(manifest_path(file()), changed);
    return verify_day(file().string()).problems;
  };
  EXPECT_THAT(problems_with([](Manifest&) {}), IsEmpty());
  EXPECT_THAT(problems_with([](Manifest& said) { said.trades->trades = 3; }),
              ElementsAre("the manifest says 3 trades, found 2"));
  EXPECT_THAT(problems_with([](Manifest& said) { said.trades->off_book = 1; }),
              ElementsAre("the manifest says 1 trade off the book, found 0"));
  EXPECT_THAT(problems_with([](Manifest& said) { said.trades->bytes = 3; }),
              ElementsAre(HasSubstr("the manifest says 3 bytes")));
  EXPECT_THAT(problems_with([](Manifest& said) { said.trades->sha256 = std::string(64, '0'); }),
              ElementsAre(HasSubstr("the SHA-256 is ")));
  EXPECT_THAT(problems_with([](Manifest& said) {
                said.trades->last = DateTime{20190823, 7};
              }),
              ElementsAre(HasSubstr("the manifest says trades from 2019-08-23T00:00:00.001Z")));
  EXPECT_THAT(problems_with([](Manifest& said) { said.trades.reset(); }),
              ElementsAre("the manifest says nothing of these trades"));
  EXPECT_THAT(problems_with([](Manifest& said) { said.trades->file = "other"; }),
              ElementsAre("the manifest is of the trades in other"));
}

TEST_P(TradeFiles, a_day_of_trades_alone_is_nothing_wrong) {
  record({1'000});
  const std::string path = folder_.string();
  const auto days = days_of(std::span{&path, 1});
  EXPECT_THAT(days, ElementsAre(file().string()));
  EXPECT_THAT(verify_day(days[0]).problems, IsEmpty());
}

TEST_P(TradeFiles, trades_that_a_manifest_tells_of_and_nobody_has_are_missed) {
  RecordingTest::record(asked(), 20190823, {1, 2});
  record({1'000});
  fs::remove(file());
  EXPECT_THAT(verify_day(day_file(20190823, GetParam()).string()).problems,
              ElementsAre("its trades are missing: " + file().filename().string()));
}

INSTANTIATE_TEST_SUITE_P(Forms, TradeFiles, testing::Values(Compress::no, Compress::yes),
                         [](const auto& form) {
                           return form.param == Compress::yes ? "compressed" : "plain";
                         });

TEST_F(RecordingTest, trades_out_of_order_and_of_another_day_are_found) {
  const auto path = folder_ / "A_20190823.trades.txt";
  std::string text;
  for (const std::int64_t time : {2'000, 1'000}) append_trade_line(text, trade_at(time));
  append_trade_line(text, trade_at(90'000'000'000));
  put_text(path, text);
  const DayReport report = verify_day(path.string());
  EXPECT_THAT(report.problems,
              ElementsAre("1 trade of another day", "1 trade older than the one before"));
  EXPECT_THAT(report.notes, ElementsAre("it has no manifest"));
}

}  // namespace
}  // namespace obkit::store
