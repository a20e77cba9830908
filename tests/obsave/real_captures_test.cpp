#include <algorithm>
#include <array>
#include <cctype>
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

#include "memory_output.hpp"
#include "obsave/options.hpp"
#include "obsave/output.hpp"
#include "obsave/recorder.hpp"
#include "obsave/replay.hpp"
#include "support/ladder_crc.hpp"

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
    EXPECT_TRUE(
        recorder.on_frame(protocol->decode(line->frame), line->frame.size(), *line->received)
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

/// A row of the golden file of a venue that tells of losses.
struct ExpectedChange {
  std::uint64_t frame;
  std::string action;
  std::string verdict;  ///< "ok", "wait", "old", or of a loss "gap" or "badsum"
  std::uint32_t crc;    ///< where it is ok
};

std::vector<ExpectedChange> read_verdicts(const fs::path& path) {
  std::ifstream file{path};
  std::vector<ExpectedChange> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells{line};
    std::vector<std::string> cell(12);
    for (std::string& text : cell) std::getline(cells, text, ',');
    const bool ok = cell[11] == "ok";
    rows.push_back({std::stoull(cell[0]), cell[1], cell[11],
                    ok ? static_cast<std::uint32_t>(std::stoul(cell[8], nullptr, 16)) : 0});
  }
  return rows;
}

struct VenueCapture {
  std::string venue, name;  ///< NAME.raw.tsv.gz and NAME.expected.csv
  int price_digits = 1, size_digits = 0;
  std::string symbol = {};  ///< of several: NAME.SYMBOL.expected.csv
  std::size_t depth = 100;
};

class RealVenueCapture : public testing::TestWithParam<VenueCapture> {
 protected:
  /// The first that has the capture.
  static fs::path folder_of(const std::string& file) {
    const fs::path data = OBKIT_SHARED_DATA;
    for (const char* const name : {"deribit", "venues"})
      if (fs::exists(data / name / file)) return data / name;
    return data / "trades";
  }
};

TEST_P(RealVenueCapture, has_the_true_ladder_where_nothing_was_lost) {
  const VenueCapture& capture = GetParam();
  const bool is_of_bitmex = capture.name.starts_with("btc-perpetual");  // made of its events
  const std::string file = capture.name + (is_of_bitmex ? ".tsv.gz" : ".raw.tsv.gz");
  const fs::path folder = folder_of(file);
  const fs::path path = folder / file;
  if (!fs::exists(path)) GTEST_SKIP() << "no real captures in " << folder;
  const std::string symbol = capture.symbol.empty() ? "" : "." + capture.symbol;
  const auto golden = read_verdicts(folder / (capture.name + symbol + ".expected.csv"));
  ASSERT_GT(golden.size(), 4U);
  MemoryOutput output;
  std::vector<std::string> symbols;
  if (!capture.symbol.empty()) symbols.push_back(capture.symbol);
  Recorder recorder{{.symbols = symbols, .depth = capture.depth, .every = Every::message}, output};
  const auto protocol = feed::find_venue(capture.venue)->make_protocol({});
  store::CaptureReader reader{store::open_input(path.string()), capture.name};
  std::size_t at = 0, compared = 0;
  bool behind_gap = false;
  for (std::uint64_t frame = 0; const auto line = reader.next(); ++frame) {
    output.written.clear();
    const auto lost = recorder.on_frame(feed::decode_captured(*protocol, line->frame),
                                        line->frame.size(), *line->received);
    const bool is_book = at < golden.size() && golden[at].frame == frame;
    const std::string verdict = is_book ? golden[at].verdict : "no book";
    const bool is_loss = verdict == "gap" || verdict == "badsum";
    ASSERT_EQ(lost.size(), is_loss ? 1U : 0U)
        << "frame " << frame << " " << verdict << (lost.empty() ? "" : ": " + lost[0].reason);
    ASSERT_EQ(output.written.size(), verdict == "ok" ? 1U : 0U) << "frame " << frame;
    // A snapshot that nobody asked for: what lies before it is not known to be whole. Before the
    // first book there is nothing to miss.
    const bool is_new_image = is_book && golden[at].action == "snapshot";
    behind_gap = behind_gap || ((is_loss || is_new_image) && compared > 0);
    if (verdict == "ok") {
      ASSERT_EQ(ladder_crc(output.written[0].book, capture.price_digits, capture.size_digits),
                golden[at].crc)
          << "frame " << frame;
      ASSERT_EQ(output.written[0].book.gap, std::exchange(behind_gap, false)) << "frame " << frame;
      ++compared;
    }
    if (is_book) ++at;
  }
  EXPECT_EQ(at, golden.size());
  EXPECT_GT(compared, 3U);
}

std::string capture_name(const testing::TestParamInfo<VenueCapture>& info) {
  std::string name = info.param.name + "_" + info.param.symbol;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Deribit, RealVenueCapture,
                         testing::Values(VenueCapture{"deribit", "btc-perpetual_100ms"},
                                         VenueCapture{"deribit", "btc-perpetual_100ms_gap"}),
                         capture_name);

INSTANTIATE_TEST_SUITE_P(
    Binance, RealVenueCapture,
    testing::Values(VenueCapture{"binance-spot", "binance_spot_ftmusdt_2021-08-14", 5, 1},
                    VenueCapture{"binance-spot", "binance_spot_nknusdt_2021-10-12", 5, 1},
                    VenueCapture{"binance-spot", "DERIVED_binance_spot_ftmusdt_gap", 5, 1},
                    VenueCapture{"binance-spot", "DERIVED_binance_spot_nknusdt_stale_rest", 5, 1},
                    VenueCapture{"binance-usdm", "binance_usdm_ksmusdt_2021-04-17", 3, 1},
                    VenueCapture{"binance-usdm", "binance_usdm_sushiusdt_2021-07-22", 3, 0},
                    VenueCapture{"binance-usdm",
                                 "DERIVED_binance_usdm_sushiusdt_2026shape_2021-07-22", 3, 0},
                    VenueCapture{"binance-coinm", "binance_coinm_ethusd_210625_2021-04-17", 2, 0},
                    VenueCapture{"binance-coinm", "binance_coinm_btcusd_211231_2021-07-22", 1, 0}),
    capture_name);

INSTANTIATE_TEST_SUITE_P(
    Bybit, RealVenueCapture,
    testing::Values(
        VenueCapture{"bybit-linear", "bybit_linear_btcusdt_2026-08-09", 1, 3},
        VenueCapture{"bybit-linear", "DERIVED_bybit_linear_btcusdt_2026-08-09_gap", 1, 3},
        VenueCapture{"bybit-linear", "DERIVED_bybit_linear_btcusdt_2026-08-09_restart", 1, 3},
        VenueCapture{"bybit-spot", "bybit_spot_ethusdt_2026-08-09", 2, 5},
        VenueCapture{"bybit-linear", "bybit_archive_linear_xrpusdt_ob500_2024-12-01", 4, 0}),
    capture_name);

INSTANTIATE_TEST_SUITE_P(
    Okx, RealVenueCapture,
    testing::Values(VenueCapture{"okx", "okx_btc-usdt_books_2022-05-13", 1, 8},
                    VenueCapture{"okx", "okx_xmr-usdt-swap_books-l2-tbt_2021-07-22", 2, 0},
                    VenueCapture{"okx", "DERIVED_okx_btc-usdt_books_gap", 1, 8},
                    VenueCapture{"okx", "DERIVED_okx_btc-usdt_books_seq", 1, 8}),
    capture_name);

INSTANTIATE_TEST_SUITE_P(
    Coinbase, RealVenueCapture,
    testing::Values(VenueCapture{"coinbase", "coinbase_adv_btc-usd_eth-usd_first400_2026-08-09", 2,
                                 8, "BTC-USD"},
                    VenueCapture{"coinbase", "coinbase_adv_btc-usd_eth-usd_first400_2026-08-09", 2,
                                 8, "ETH-USD"},
                    VenueCapture{"coinbase", "DERIVED_coinbase_adv_eth-usd_2026-08-09", 2, 8},
                    VenueCapture{"coinbase", "DERIVED_coinbase_adv_eth-usd_gap_2026-08-09", 2, 8},
                    VenueCapture{"coinbase", "coinbase_ex_skl-usd_2021-04-17", 4, 1},
                    VenueCapture{"coinbase", "coinbase_ex_band-gbp_2021-04-17", 4, 2},
                    VenueCapture{"coinbase", "DERIVED_coinbase_ex_skl-usd_2021-04-17_2026shape", 4,
                                 1}),
    capture_name);

INSTANTIATE_TEST_SUITE_P(
    Kraken, RealVenueCapture,
    testing::Values(
        VenueCapture{"kraken", "kraken_spot_mina-gbp_d25_resync_2026-08-18", 4, 8, "", 50},
        VenueCapture{"kraken", "DERIVED_kraken_spot_ada-btc_d10", 8, 8, "", 20},
        VenueCapture{"kraken", "DERIVED_kraken_spot_btc-chf_d100", 1, 8},
        VenueCapture{"kraken", "DERIVED_kraken_spot_sc-eur_d25_lost", 5, 8, "", 50},
        VenueCapture{"kraken", "DERIVED_kraken_spot_btc-usd_d25_2021-04-05", 1, 8, "", 50},
        VenueCapture{"kraken", "kraken_v1_xbt-usd_2021-04-05", 1, 8},
        VenueCapture{"kraken-futures", "krakenfut_fi_xbtusd_210625_2021-04-17", 1, 0},
        VenueCapture{"kraken-futures", "DERIVED_krakenfut_fi_xbtusd_210625_2021-04-17_gap", 1, 0},
        VenueCapture{"kraken-futures", "krakenfut_pi_ethusd_2021-07-22", 2, 0}),
    capture_name);

// Captures that have trades among the books.
INSTANTIATE_TEST_SUITE_P(
    WithTrades, RealVenueCapture,
    testing::Values(
        VenueCapture{"binance-coinm", "binance_coinm_btcusd_perp_trade_2024-08-08", 1, 0},
        VenueCapture{"binance-coinm", "binance_coinm_ethusd_210625_aggtrade_2021-04-17", 2, 0},
        VenueCapture{"binance-spot", "binance_spot_ftmusdt_aggtrade_2021-08-14", 5, 1},
        VenueCapture{"binance-usdm", "binance_usdm_sushiusdt_aggtrade_2021-07-22", 3, 0},
        VenueCapture{"binance-spot", "binance_spot_ethusdt_trade_2024-08-08", 2, 4},
        VenueCapture{"binance-usdm", "binance_usdm_btcusdt_trade_2024-08-08", 1, 3},
        VenueCapture{"bitmex", "bitmex_trxm21_2021-04-05", 8, 0},
        VenueCapture{"bybit-linear", "bybit_linear_solusdt_2026-08-09", 2, 1},
        VenueCapture{"coinbase", "coinbase_ex_band-btc_2021-04-17", 8, 2},
        VenueCapture{"deribit", "DERIVED_deribit_btc-perpetual_100ms_2021-07-22", 1, 0}),
    capture_name);

class RealQuotes : public testing::TestWithParam<std::string> {};

/// Quotes of BitMEX have no number. Each is a state of the book all the same.
TEST_P(RealQuotes, are_states_of_the_book) {
  const fs::path path = fs::path{OBKIT_SHARED_DATA} / "trades" / (GetParam() + ".raw.tsv.gz");
  if (!fs::exists(path)) GTEST_SKIP() << "no real captures in " << path.parent_path();
  MemoryOutput output;
  Recorder recorder{{.symbols = {}, .depth = 2, .every = Every::message}, output};
  const auto protocol = feed::find_venue("bitmex")->make_protocol({});
  store::CaptureReader reader{store::open_input(path.string()), "capture"};
  std::uint64_t quotes = 0;
  while (const auto line = reader.next()) {
    const feed::Frame& frame = protocol->decode(line->frame);
    for (const BookUpdate& update : frame.updates) quotes += update.is_passing ? 1 : 0;
    static_cast<void>(recorder.on_frame(frame, line->frame.size(), *line->received));
  }
  EXPECT_GT(quotes, 90U);
  EXPECT_GE(recorder.tally().agreed, quotes - quotes / 20) << "the first come before the book";
  EXPECT_EQ(recorder.tally().agreed, recorder.tally().checks);
  EXPECT_EQ(recorder.tally().losses, 0U);
}

INSTANTIATE_TEST_SUITE_P(Bitmex, RealQuotes,
                         testing::Values("bitmex_xbtusd_2021-07-22", "bitmex_trxm21_2021-04-05"),
                         [](const auto& one) {
                           return one.param.substr(0, one.param.find("_20"));
                         });

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
