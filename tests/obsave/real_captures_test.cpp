#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/feed/venue.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

#include "ladder_crc.hpp"
#include "memory_output.hpp"
#include "obsave/options.hpp"
#include "obsave/output.hpp"
#include "obsave/recorder.hpp"
#include "obsave/run.hpp"

namespace obkit::obsave {
namespace {

namespace fs = std::filesystem;

/// A row of a golden file.
struct Expected {
  std::uint64_t frame;
  double best_bid, bid_size, best_ask, ask_size;
  std::uint32_t crc;
};

std::vector<Expected> read_golden(const fs::path& path) {
  std::ifstream file{path};
  std::vector<Expected> rows;
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line,
            "frame,action,rows,best_bid,bid_size,best_ask,ask_size,rows_in_book,crc32_top100");
  while (std::getline(file, line)) {
    std::istringstream cells{line};
    std::vector<std::string> cell(9);
    for (std::string& text : cell) std::getline(cells, text, ',');
    rows.push_back({std::stoull(cell[0]), std::stod(cell[3]), std::stod(cell[4]),
                    std::stod(cell[5]), std::stod(cell[6]),
                    static_cast<std::uint32_t>(std::stoul(cell[8], nullptr, 16))});
  }
  return rows;
}

struct Capture {
  const char* name;
  const char* golden;
};

class RealCapture : public testing::TestWithParam<Capture> {
 protected:
  void SetUp() override {
    if (!fs::exists(folder_ / GetParam().name)) GTEST_SKIP() << "no real captures in " << folder_;
  }
  const fs::path folder_ = fs::path{OBKIT_SHARED_DATA} / "bitmex";
};

TEST_P(RealCapture, has_the_true_ladder_after_every_book_frame) {
  const auto golden = read_golden(folder_ / GetParam().golden);
  ASSERT_GT(golden.size(), 1000U);
  MemoryOutput output;
  Recorder recorder{{.symbols = {}, .depth = 100, .every = Every::message}, output};
  const auto protocol = feed::find_venue("bitmex")->make_protocol({});
  store::CaptureReader reader{store::open_input((folder_ / GetParam().name).string()), "capture"};
  std::size_t at = 0;
  for (std::uint64_t frame = 0; const auto line = reader.next(); ++frame) {
    output.written.clear();
    EXPECT_TRUE(recorder.on_frame(protocol->decode(line->frame), line->frame.size(), line->received)
                    .empty());
    if (at == golden.size() || golden[at].frame != frame) {
      EXPECT_TRUE(output.written.empty()) << "frame " << frame;
      continue;
    }
    const Expected& expected = golden[at++];
    ASSERT_EQ(output.written.size(), 1U);
    EXPECT_EQ(output.written[0].symbol, "XBTUSD");
    const OrderBook& book = output.written[0].book;
    ASSERT_EQ(ladder_crc(book), expected.crc) << "frame " << frame;
    ASSERT_EQ(book.best_bid().value(), expected.best_bid);
    ASSERT_EQ(book.best_ask().value(), expected.best_ask);
    ASSERT_EQ(book.volumes[49], expected.bid_size);
    ASSERT_EQ(book.volumes[50], expected.ask_size);
    ASSERT_EQ(book.recv, line->received);
    ASSERT_FALSE(book.gap);
  }
  EXPECT_EQ(at, golden.size());
  EXPECT_EQ(recorder.tally().books, golden.size());
}

TEST_P(RealCapture, is_the_same_in_the_day_file_that_a_replay_writes) {
  const auto golden = read_golden(folder_ / GetParam().golden);
  std::string scratch = (fs::temp_directory_path() / "obkit_replay_XXXXXX").string();
  ASSERT_NE(::mkdtemp(scratch.data()), nullptr);
  Options options;
  options.out = scratch;
  options.every = Every::message;
  options.replay = {(folder_ / GetParam().name).string()};
  complete(options);
  FolderOutput output{{.folder = options.out,
                       .symbol = {},
                       .flush = store::Flush::blocks,
                       .overlap = store::Overlap::refuse}};
  Recorder recorder{options.recorder(), output};
  replay(options, recorder, false);
  output.close();
  const std::string file = scratch + "/XBTUSD_20210722.txt";
  store::DayFileReader reader{store::open_input(file), file, store::BadLine::refuse};
  OrderBook book;
  for (const Expected& expected : golden) {
    ASSERT_TRUE(reader.next(book));
    ASSERT_EQ(ladder_crc(book), expected.crc) << "frame " << expected.frame;
  }
  EXPECT_FALSE(reader.next(book));
  fs::remove_all(scratch);
}

INSTANTIATE_TEST_SUITE_P(
    Bitmex, RealCapture,
    testing::Values(Capture{"xbtusd_2021-07-22.raw.tsv.gz", "xbtusd_2021-07-22.expected.csv"},
                    Capture{"xbtusd_2021-07-22.modern_primary.tsv.gz",
                            "xbtusd_2021-07-22.expected.csv"},
                    Capture{"xbtusd_2021-07-22.modern_aggregated_overlay.tsv.gz",
                            "xbtusd_2021-07-22.modern_aggregated_overlay.expected.csv"}));

/// A row of Deribit's golden files.
struct ExpectedChange {
  std::uint64_t frame;
  std::string verdict;  ///< "ok", "gap" or "wait"
  std::uint32_t crc;    ///< where it is ok
};

std::vector<ExpectedChange> read_deribit_golden(const fs::path& path) {
  std::ifstream file{path};
  std::vector<ExpectedChange> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells{line};
    std::vector<std::string> cell(12);
    for (std::string& text : cell) std::getline(cells, text, ',');
    const bool ok = cell[11] == "ok";
    rows.push_back({std::stoull(cell[0]), cell[11],
                    ok ? static_cast<std::uint32_t>(std::stoul(cell[8], nullptr, 16)) : 0});
  }
  return rows;
}

class RealDeribitCapture : public testing::TestWithParam<const char*> {};

TEST_P(RealDeribitCapture, has_the_true_ladder_where_the_chain_of_changes_is_whole) {
  const fs::path folder = fs::path{OBKIT_SHARED_DATA} / "deribit";
  const std::string name = GetParam();
  if (!fs::exists(folder / (name + ".tsv.gz"))) GTEST_SKIP() << "no real captures in " << folder;
  const auto golden = read_deribit_golden(folder / (name + ".expected.csv"));
  ASSERT_GT(golden.size(), 150U);
  MemoryOutput output;
  Recorder recorder{{.symbols = {}, .depth = 100, .every = Every::message}, output};
  const auto protocol = feed::find_venue("deribit")->make_protocol({});
  store::CaptureReader reader{store::open_input((folder / (name + ".tsv.gz")).string()), name};
  std::size_t at = 0;
  bool behind_gap = false;
  for (std::uint64_t frame = 0; const auto line = reader.next(); ++frame) {
    output.written.clear();
    const auto& lost =
        recorder.on_frame(protocol->decode(line->frame), line->frame.size(), line->received);
    const bool is_book = at < golden.size() && golden[at].frame == frame;
    const std::string verdict = is_book ? golden[at].verdict : "no book";
    ASSERT_EQ(lost.size(), verdict == "gap" ? 1U : 0U) << "frame " << frame;
    ASSERT_EQ(output.written.size(), verdict == "ok" ? 1U : 0U) << "frame " << frame;
    behind_gap = behind_gap || verdict == "gap";
    if (verdict == "ok") {
      ASSERT_EQ(ladder_crc(output.written[0].book), golden[at].crc) << "frame " << frame;
      ASSERT_EQ(output.written[0].book.gap, std::exchange(behind_gap, false));
    }
    if (is_book) ++at;
  }
  EXPECT_EQ(at, golden.size());
}

INSTANTIATE_TEST_SUITE_P(Deribit, RealDeribitCapture,
                         testing::Values("btc-perpetual_100ms", "btc-perpetual_100ms_gap"));

TEST(RealPartial, of_2025_with_arbitrary_ids_and_white_space_is_a_book) {
  const fs::path path =
      fs::path{OBKIT_SHARED_DATA} / "bitmex" / "xbtusd_partial_2025-04-25.json.gz";
  if (!fs::exists(path)) GTEST_SKIP() << "no real captures in " << path.parent_path();
  const auto source = store::open_input(path.string());
  std::string text;
  std::array<char, 65536> block{};
  for (std::size_t count = 1; count > 0; text.append(block.data(), count))
    count = source->read(block);
  MemoryOutput output;
  Recorder recorder{{}, output};
  const auto protocol = feed::find_venue("bitmex")->make_protocol({});
  const feed::Frame& frame = protocol->decode(text);
  ASSERT_TRUE(recorder.on_frame(frame, text.size(), Timestamp{}).empty());
  ASSERT_EQ(frame.updates.size(), 1U);
  EXPECT_EQ(frame.updates[0].levels.size(), 5689U);
  ASSERT_EQ(output.written.size(), 1U);
  const OrderBook& written = output.written[0].book;
  EXPECT_EQ(written.time, to_date_time(parse_iso("2025-04-25T21:18:20.859Z").value()));
  ASSERT_EQ(written.depth(), 100U);
  EXPECT_FALSE(written.is_crossed());
  for (std::size_t i = 1; i < 100; ++i) EXPECT_LT(written.prices[i - 1], written.prices[i]);
}

}  // namespace
}  // namespace obkit::obsave
