// Archives that others made, as a replay takes them.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "obsave/options.hpp"
#include "obsave/output.hpp"
#include "obsave/recorder.hpp"
#include "obsave/replay.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obsave {
namespace {

using testing::HasSubstr;

class ArchiveReplay : public testing::Test {
 protected:
  /// What the replay of the inputs writes, all of its day-file.
  std::string day_file(std::vector<std::string> inputs, const std::string& name,
                       std::size_t depth = 100) {
    Options options;
    options.out = scratch_ / ("books" + std::to_string(runs_++));
    options.every = Every::message;
    options.depth = depth;
    options.replay = std::move(inputs);
    complete(options);
    FolderOutput output{{.folder = options.out,
                         .symbol = {},
                         .flush = store::Flush::blocks,
                         .overlap = store::Overlap::refuse}};
    Recorder recorder{options.recorder(), output};
    replay(options, recorder, std::atomic<bool>{false});
    output.close();
    std::ifstream file{options.out + "/" + name};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  ScratchFolder scratch_;
  int runs_ = 0;
};

/// Of Bybit's daily archives. `levels` are the rows of bids, then of asks.
std::string bybit_line(const std::string& type, const std::string& time, int number,
                       const std::string& bids, const std::string& asks) {
  return R"({"topic":"orderbook.500.XRPUSDT","type":")" + type + R"(","ts":)" + time +
         R"(,"data":{"s":"XRPUSDT","b":[)" + bids + R"(],"a":[)" + asks + R"(],"u":)" +
         std::to_string(number) + R"(,"seq":1},"cts":1})" + "\n";
}

TEST_F(ArchiveReplay, frames_without_a_receive_time_have_their_own) {
  const std::string bids = R"(["1.9","5"])", asks = R"(["2.1","7"])";
  const std::string first = bybit_line("snapshot", "1733011200691", 5, bids, asks) +
                            bybit_line("delta", "1733011200700", 6, R"(["1.9","4"])", "") +
                            bybit_line("snapshot", "1733011200700", 6, R"(["1.9","4"])", asks);
  const std::string next = bybit_line("snapshot", "1733011201000", 7, bids, asks);
  const std::string text = day_file({scratch_.file("b.data", first), scratch_.file("a.data", next)},
                                    "XRPUSDT_20241201.txt", 2);
  const auto line = [](int time, const std::string& size) {
    return R"({"date":20241201,"time":)" + std::to_string(time) +
           R"(,"prices":[1.9,2.1],"volumes":[)" + size + R"(,7],"recv":)" +
           std::to_string(1'733'011'200'000 + time) + "000000}\n";
  };
  EXPECT_EQ(text, line(691, "5") + line(700, "4") + line(700, "4") + line(1000, "5"));
}

TEST_F(ArchiveReplay, a_folder_of_such_files_is_read_by_their_times) {
  const std::string asks = R"(["2.1","7"])";
  std::filesystem::create_directory(scratch_ / "in");
  (void)scratch_.file("in/a.data",
                      bybit_line("snapshot", "1733011300000", 9, R"(["1.8","1"])", asks));
  (void)scratch_.file("in/b.data",
                      bybit_line("snapshot", "1733011200000", 5, R"(["1.9","5"])", asks));
  const std::string text = day_file({scratch_ / "in"}, "XRPUSDT_20241201.txt", 2);
  EXPECT_LT(text.find("\"time\":0,"), text.find("\"time\":140000,"));
  EXPECT_THAT(text, HasSubstr("\"time\":140000,\"prices\":[1.8,2.1],\"volumes\":[1,7],\"recv\":"
                              "1733011300000000000,\"gap\":true"));
}

TEST_F(ArchiveReplay, books_of_which_no_time_is_known_are_refused) {
  const std::string frame =
      R"({"table":"orderBookL2","action":"partial","data":[{"symbol":"A","id":1,"side":"Sell",)"
      R"("size":4,"price":2},{"symbol":"A","id":2,"side":"Buy","size":2,"price":1}]})"
      "\n";
  try {
    (void)day_file({scratch_.file("a", frame)}, "", 2);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(std::string{error.what()},
              scratch_ /
                  "a: expected the time of receipt in front of frames of bitmex, which tell "
                  "none");
  }
}

TEST_F(ArchiveReplay, bare_frames_behind_a_hole_begin_anew) {
  const std::string asks = R"(["2.1","7"])";
  const auto first =
      scratch_.file("1", bybit_line("snapshot", "1733011200000", 5, R"(["1.9","5"])", asks));
  const auto second =
      scratch_.file("2", bybit_line("snapshot", "1733011300000", 9, R"(["1.8","1"])", asks) +
                             bybit_line("delta", "1733011300100", 10, R"(["1.8","3"])", ""));
  const std::string text = day_file({first, second}, "XRPUSDT_20241201.txt", 2);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_THAT(text, HasSubstr(R"("time":140100,"prices":[1.8,2.1],"volumes":[3,7])"));
}

/// A genuine capture, and what a command makes of it.
struct Made {
  const char* capture;
  const char* command;  ///< of the lines on its standard input
  const char* day_file;
};

class GenuineArchive : public ArchiveReplay, public testing::WithParamInterface<Made> {};

TEST_P(GenuineArchive, gives_what_its_capture_gives) {
  const std::string capture = OBKIT_SHARED_DATA "/venues/" + std::string{GetParam().capture};
  if (!std::filesystem::exists(capture)) GTEST_SKIP() << "there is no " << capture;
  const std::string archive = scratch_ / "archive";
  const std::string command = "zcat " + capture + " | " + GetParam().command + " >" + archive;
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string expected = day_file({capture}, GetParam().day_file);
  EXPECT_GT(expected.size(), 10'000U);
  EXPECT_TRUE(day_file({archive}, GetParam().day_file) == expected);
}

/// Seconds become nanoseconds, of answers only the body stays.
constexpr const char* as_hftbacktest =
    "awk -F '\t' '{ sub(/\\./, \"\", $1); print $1 \"000 \" $NF }'";

INSTANTIATE_TEST_SUITE_P(
    All, GenuineArchive,
    testing::Values(Made{"bybit_archive_linear_xrpusdt_ob500_2024-12-01.raw.tsv.gz", "cut -f 2-",
                         "XRPUSDT_20241201.txt"},
                    Made{"binance_usdm_sushiusdt_2021-07-22.raw.tsv.gz", as_hftbacktest,
                         "SUSHIUSDT_20210722.txt"},
                    Made{"binance_spot_nknusdt_2021-10-12.raw.tsv.gz", as_hftbacktest,
                         "NKNUSDT_20211012.txt"}));

}  // namespace
}  // namespace obkit::obsave
