#include "obsave/run.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <ratio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/trade_reader.hpp"

#include "live_recording.hpp"
#include "log_watch.hpp"
#include "obsave/captures.hpp"
#include "obsave/output.hpp"
#include "obsave/replay.hpp"
#include "small_book.hpp"
#include "support/memory_sink.hpp"
#include "support/scratch_folder.hpp"
#include "support/test_name.hpp"

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using testing::EndsWith;
using testing::HasSubstr;

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    FolderOutput out{
        {.folder = folder_,
         .symbol = {},
         .manifest = store::RecordingOrigin{
             .venue = "bitmex", .pool = "Primary", .endpoint_host = "localhost", .tool = "test"}}};
    out.write("X", book_at(0), {});
    out.write("X", book_at(43'200'000, true), "a cut");  // 04:32 that is missing of the day
    out.write("X", book_at(235'959'999), {});
    out.write("Y", book_at(120'000'000), {});
    out.close();
  }
  /// What is printed, the same for any number of jobs; the error is kept.
  std::string report() {
    const std::string text = report_by(1);
    const std::string error = std::exchange(error_, "");
    EXPECT_EQ(report_by(3), text);
    EXPECT_EQ(error_, error);
    return text;
  }
  std::string report_by(std::size_t jobs) {
    std::string text;
    bool closed = false;
    MemorySink sink{text, closed};
    try {
      verify({folder_}, jobs, sink);
    } catch (const DataError& error) {
      error_ = error.what();
    }
    EXPECT_TRUE(closed);
    return text;
  }

  ScratchFolder scratch_;
  LogWatch log_;
  std::string folder_ = scratch_ / "books";
  std::string x_ = folder_ + "/X_20210722.txt";
  std::string error_;
};

TEST_F(VerifyTest, a_line_a_day_says_that_all_is_well) {
  EXPECT_EQ(
      report(),
      "date      symbol                    books   gaps covered % verified %  crossed  state\n"
      "20210722  X                             3      1    81.111          -        0  ok\n"
      "20210722  Y                             1      0     0.000          -        0  ok\n"
      "2 day-files, 0 wrong\n");
  EXPECT_EQ(error_, "");
}

TEST_F(VerifyTest, a_bit_that_flipped_is_found_and_named) {
  std::fstream file{x_, std::ios::in | std::ios::out};
  file.seekp(70);
  const int before = file.peek();
  file.put(static_cast<char>(before ^ 1));
  file.close();
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("  WRONG\n    wrong: "));
  EXPECT_THAT(text, HasSubstr("SHA-256"));
  EXPECT_THAT(text, EndsWith("2 day-files, 1 wrong\n"));
  EXPECT_EQ(error_, x_ + ": 1 file of 2 wrong, see above");
}

TEST_F(VerifyTest, a_day_file_that_is_missing_is_wrong) {
  fs::remove(x_);
  EXPECT_THAT(report(), HasSubstr("wrong: the day-file of this manifest is missing\n"));
  EXPECT_NE(error_, "");
}

TEST_F(VerifyTest, a_manifest_that_is_missing_is_worth_a_note) {
  fs::remove(folder_ + "/Y_20210722.manifest.json");
  EXPECT_THAT(report(), HasSubstr("  ok\n    note: it has no manifest\n"));
  EXPECT_EQ(error_, "");
}

TEST_F(VerifyTest, a_torn_end_is_wrong_where_the_file_was_closed) {
  fs::resize_file(x_, fs::file_size(x_) - 5);
  EXPECT_THAT(report(), HasSubstr("WRONG"));
}

TEST_F(VerifyTest, many_days_are_told_in_their_order_by_any_number_of_jobs) {
  for (int date = 20210701; date < 20210722; ++date) {
    // Some are long, some wrong, so that they are not done in the order in which they are begun.
    std::ofstream file{folder_ + "/X_" + std::to_string(date) + ".txt"};
    const int books = date % 3 == 0 ? 2000 : 1;
    for (int i = 0; i < books; ++i)
      file << R"({"date":)" << date << R"(,"time":)" << i
           << R"(,"prices":[99,100,101,102],"volumes":[1,2,3,4]})"
           << (date % 5 == 0 ? "}\n" : "\n");
  }
  const std::string text = report();
  std::size_t last = 0;
  for (int date = 20210701; date <= 20210722; ++date) {
    const std::size_t at = text.find("\n" + std::to_string(date) + "  X ");
    ASSERT_NE(at, std::string::npos) << date;
    EXPECT_GE(at, last);
    last = at;
  }
  EXPECT_THAT(text, EndsWith("23 day-files, 4 wrong\n"));
  EXPECT_EQ(error_, folder_ + "/X_20210705.txt: 4 files of 23 wrong, see above");
}

TEST_F(VerifyTest, where_there_is_nothing_there_is_nothing_to_verify) {
  std::string text;
  bool closed = false;
  MemorySink sink{text, closed};
  fs::create_directory(scratch_ / "empty");
  EXPECT_THROW(verify({scratch_ / "empty"}, 2, sink), IoError);
  EXPECT_THROW(verify({scratch_ / "missing"}, 2, sink), IoError);
  EXPECT_EQ(text, "");
}

struct How {
  Venue venue;
  Every every;
  store::Compress compress;
};

class CaptureReplay : public LiveRecording, public testing::WithParamInterface<How> {
 protected:
  CaptureReplay() {
    options_.every = GetParam().every;
    options_.interval = 100ms;
    options_.sync = 20ms;
    stop_after_frames_ = 500;
    server_options_.speed = 200;
    record_two_symbols();
    speak(GetParam().venue);
  }

  store::DayFileOptions day_files(const std::string& folder, store::Overlap overlap) {
    return {.folder = scratch_ / folder,
            .symbol = {},
            .overlap = overlap,
            .compress = GetParam().compress};
  }

  /// One run of the recorder, as its process does it.
  void record_to_folder() {
    Captures captures{{.folder = scratch_ / "captures", .symbol = {}}, options_.symbols};
    FolderOutput folder{day_files("live", store::Overlap::clamp)};
    TradeOutput trades{day_files("live", store::Overlap::clamp), TradeOutput::OnTrouble::pass_on};
    captures_ = &captures;
    target_ = &folder;
    trade_output_ = &trades;
    record();
    recorder_->finish();
    folder.close();
    trades.close();
    captures.close();
  }

  void replay_captures() {
    Options again;
    again.out = scratch_ / "again";
    again.replay = {scratch_ / "captures"};
    again.every = options_.every;
    again.interval = options_.interval;
    again.depth = options_.depth;
    again.trades = true;
    complete(again);
    FolderOutput folder{day_files("again", store::Overlap::refuse)};
    TradeOutput trade_output{day_files("again", store::Overlap::refuse),
                             TradeOutput::OnTrouble::pass_on};
    TradeRecorder trades{{}, trade_output};
    Recorder recorder{again.recorder(), folder, &trades};
    const std::atomic<bool> stop = false;
    replay(again, recorder, stop);
    folder.close();
    trade_output.close();
  }

  void expect_same_day_files() {
    const auto live = texts("live"), again = texts("again");
    for (const auto& [name, text] : live) {
      ASSERT_TRUE(again.contains(name)) << name;
      EXPECT_FALSE(text.empty());
      EXPECT_TRUE(text == again.at(name)) << name << " differs";
    }
    EXPECT_EQ(live.size(), again.size());
  }

  static std::string text_of(const std::string& file) {
    const auto source = store::open_input(file);
    std::string text;
    std::array<char, 65536> block{};
    while (const std::size_t size = source->read(block)) text.append(block.data(), size);
    return text;
  }

  /// Day-files and what is in them, decompressed.
  [[nodiscard]] std::map<std::string, std::string> texts(const std::string& folder) const {
    std::map<std::string, std::string> texts;
    for (const auto& entry : fs::directory_iterator{scratch_ / folder}) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".txt") || name.ends_with(".txt.zst"))
        texts[name] = text_of(entry.path().string());
    }
    return texts;
  }
};

TEST_P(CaptureReplay, gives_the_same_day_files_to_the_byte) {
  const std::string symbol = options_.symbols.front();
  plan({.fault = Fault::unknown_delete, .symbol = symbol}, 60);
  plan({.fault = Fault::cut}, 150);
  plan({.fault = Fault::garbage_text}, 400);
  plan({.fault = Fault::duplicate_partial, .symbol = symbol}, 600);
  serve();
  record_to_folder();
  record_to_folder();  // the recorder was restarted
  replay_captures();
  expect_same_day_files();
}

class CaptureReplayOfSeveral : public CaptureReplay {
 protected:
  CaptureReplayOfSeveral() {
    venue_ = *options_.venue;
    venue_.symbols_max = 1;
    options_.venue = &venue_;
  }
  feed::Venue venue_{};
};

/// Each symbol has a connection of its own, and a capture of that one alone.
TEST_P(CaptureReplayOfSeveral, gives_the_same_day_files_to_the_byte) {
  plan({.fault = Fault::cut, .connection = 1}, 150);
  plan({.fault = Fault::garbage_text, .connection = 0}, 300);
  serve();
  record_to_folder();
  EXPECT_EQ(live_->size(), 2U);
  record_to_folder();
  replay_captures();
  expect_same_day_files();
}

/// Somebody sets the recorder's clock: in the midst of connections, and while there is none.
TEST_P(CaptureReplay, gives_them_though_the_clock_was_set_meanwhile) {
  using days = std::chrono::duration<int, std::ratio<86'400>>;
  int frames = 0;
  market_clock_ = [&](Timestamp market) {
    constexpr std::array off{days{0}, days{1}, days{-2}, days{4015}};
    constexpr int frames_each = 250;
    return market + off.at(std::min<std::size_t>(frames++ / frames_each, off.size() - 1));
  };
  market_.start = parse_iso("2026-01-01T23:59:59Z").value();
  server_options_.speed = 20;  // a slow machine is never an hour of the market behind
  stop_after_frames_ = 1'000;
  for (const std::uint64_t after : {100, 300, 400, 800}) plan({.fault = Fault::cut}, after);
  serve();
  record_to_folder();
  replay_captures();
  EXPECT_GE(frames, 1'000) << "it was set three times";
  EXPECT_EQ(recorder_->tally().unbelieved, 0U);
  for (const auto& [name, text] : texts("live"))
    EXPECT_TRUE(name.find("_20260101.") != std::string::npos ||
                name.find("_20260102.") != std::string::npos)
        << "the market's two days alone, not " << name;
  expect_same_day_files();
}

/// Trades as exchanges tell them, against those of the market.
class RecordedTrades : public CaptureReplay {
 protected:
  /// What is compared: feeds cut times to milliseconds.
  struct Told {
    Timestamp time;
    Price price;
    double size = 0;
    Aggressor aggressor = Aggressor::buyer;

    bool operator==(const Told&) const = default;
  };

  static Timestamp cut(Timestamp time) {
    return std::chrono::floor<std::chrono::milliseconds>(time);
  }

  /// Whether trades are numbered: else nothing tells that one was lost on a connection that stands.
  static bool has_numbers() {
    const std::string_view venue = exchange::to_string(GetParam().venue);
    return venue != "bitmex" && !venue.starts_with("bybit");
  }

  /// OKX has one row for a taker and a price.
  [[nodiscard]] std::vector<Told> truth_of(const std::string& symbol) {
    const std::lock_guard lock{mutex_};
    std::vector<Told> truth;
    for (const exchange::MarketTrade& trade : true_trades_[symbol]) {
      const Told told{cut(trade.time), trade.price, static_cast<double>(trade.size),
                      trade.taken == Side::ask ? Aggressor::buyer : Aggressor::seller};
      const bool goes_on = GetParam().venue == Venue::okx && !truth.empty() &&
                           truth.back().time == told.time && truth.back().price == told.price &&
                           truth.back().aggressor == told.aggressor;
      if (goes_on)
        truth.back().size += told.size;
      else
        truth.push_back(told);
    }
    return truth;
  }

  /// Each is a true one, in their order; where some are missing between two, the later one says so.
  void expect_true_trades(const std::string& symbol) {
    const std::vector<Told> truth = truth_of(symbol);
    store::TradeStream trades{store::trade_files(scratch_ / "live", store::name_of_symbol(symbol)),
                              store::BadLine::refuse};
    auto next = truth.begin();
    std::size_t found = 0;
    bool may_be_later = false;  // an equal trade behind it may be the one that was recorded
    while (trades.next()) {
      const store::RecordedTrade& one = trades.trade();
      ASSERT_TRUE(one.trade.aggressor.has_value());
      const Told told{cut(one.trade.time), one.trade.price, one.trade.volume, *one.trade.aggressor};
      const auto at = std::find(next, truth.end(), told);
      ASSERT_NE(at, truth.end()) << symbol << ", trade " << found << " is not the exchange's";
      const bool is_first = found++ == 0;
      const bool follows = at == next || (may_be_later && *std::prev(at) == *std::prev(next));
      EXPECT_TRUE(follows || is_first || one.gap)
          << symbol << ": " << at - next << " of " << truth.size() << " are missing before trade "
          << found << " at " << format_iso(one.trade.time, 6);
      next = at + 1;
      may_be_later = is_first || one.gap;
    }
    EXPECT_GT(found, 20U) << symbol;
  }
};

TEST_P(RecordedTrades, are_the_exchange_s_and_replay_to_the_byte) {
  stop_after_frames_ = 1'500;
  plan({.fault = Fault::cut}, 200);
  if (has_numbers()) plan({.fault = Fault::lost_trades, .count = 3}, 350);
  plan({.fault = Fault::doubled_trades, .count = 3}, 400);
  serve();
  record_to_folder();
  for (const std::string& symbol : options_.symbols) expect_true_trades(symbol);
  replay_captures();
  expect_same_day_files();
}

std::string name_of(const testing::TestParamInfo<How>& one) {
  constexpr std::array words{"change", "message", "event", "interval"};
  return test_name(std::string{to_string(one.param.venue)}) + "_" +
         words.at(static_cast<std::size_t>(one.param.every)) +
         (one.param.compress == store::Compress::yes ? "_compressed" : "");
}

constexpr auto plain = store::Compress::no;
INSTANTIATE_TEST_SUITE_P(Live, CaptureReplay,
                         testing::Values(How{Venue::bitmex, Every::change, plain},
                                         How{Venue::bitmex, Every::message, plain},
                                         How{Venue::bitmex, Every::event, plain},
                                         How{Venue::bitmex, Every::interval, plain},
                                         How{Venue::bitmex, Every::message, store::Compress::yes},
                                         How{Venue::deribit, Every::change, plain},
                                         How{Venue::deribit, Every::message, plain},
                                         How{Venue::deribit, Every::event, plain},
                                         How{Venue::deribit, Every::interval, plain}),
                         name_of);

std::vector<How> every_venue() {
  std::vector<How> all;
  for (const Venue venue : exchange::venues()) all.push_back({venue, Every::change, plain});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Live, RecordedTrades, testing::ValuesIn(every_venue()), name_of);

INSTANTIATE_TEST_SUITE_P(Live, CaptureReplayOfSeveral,
                         testing::Values(How{Venue::coinbase, Every::message, plain},
                                         How{Venue::deribit, Every::change, plain},
                                         How{Venue::okx, Every::event, plain}),
                         name_of);

}  // namespace
}  // namespace obkit::obsave
