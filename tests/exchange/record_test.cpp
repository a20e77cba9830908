#include "obkit/exchange/record.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/source.hpp"

namespace obkit::exchange {
namespace {

using std::chrono::seconds;

const std::string subscribe_primary = R"({"op":"subscribe","args":"orderBookL2:XBTUSD:Primary"})";

struct Memory final : ByteSink {
  std::string text;
  void write(std::string_view bytes) override { text += bytes; }
  void flush() override {}
  void close() override {}
};

std::unique_ptr<Source> around_midnight() {
  return make_synthetic_source({.symbols = {"XBTUSD"},
                                .seed = 2,
                                .start = *parse_iso("2026-01-01T23:59:58.5Z"),
                                .rate = 10,
                                .first_price = 60000});
}

TEST(Record, a_capture_is_what_a_subscriber_would_receive) {
  Exchange exchange{around_midnight()};
  Memory memory;
  const auto frames = write_capture(exchange, {subscribe_primary}, seconds{10}, memory);
  EXPECT_EQ(std::count(memory.text.begin(), memory.text.end(), '\n'),
            static_cast<std::ptrdiff_t>(frames + 2));
  EXPECT_TRUE(memory.text.starts_with("1767311998.500000\t{\"info\":\"Welcome"));
  EXPECT_NE(memory.text.find(R"("pool":"Primary"})"), std::string::npos);
  EXPECT_EQ(frames, exchange.frame_number(0) + 1);
  EXPECT_LT(exchange.now(), exchange.source().start() + seconds{10});
}

TEST(Record, a_capture_replayed_makes_the_same_books) {
  Exchange exchange{around_midnight()};
  Memory memory;
  std::vector<std::string> truth, again;
  const auto note = [](std::vector<std::string>& lines) {
    return [&lines](const Truth& one) {
      if (one.channel.pool != "Primary" || one.receivers == 0) return;
      const std::string line = truth_line(one);
      lines.push_back(line.substr(line.find(',')));
    };
  };
  exchange.observe(note(truth));
  write_capture(exchange, {subscribe_primary}, seconds{60}, memory);
  const std::string path = testing::TempDir() + "obkit_record_replay";
  std::ofstream{path} << memory.text;
  Exchange replay{make_capture_source(path)};
  replay.observe(note(again));
  Memory copy;
  write_capture(replay, {subscribe_primary}, seconds{3600}, copy);
  EXPECT_EQ(truth, again);
  EXPECT_GT(truth.size(), 500U);
  std::filesystem::remove(path);
}

TEST(Record, refuses_a_topic_that_the_exchange_refuses) {
  Exchange exchange{around_midnight()};
  Memory memory;
  const std::string candles = R"({"op":"subscribe","args":"tradeBin1m:XBTUSD"})";
  EXPECT_THROW(write_capture(exchange, {candles}, seconds{1}, memory), UsageError);
  EXPECT_THROW(write_capture(exchange, {"ping"}, seconds{1}, memory), UsageError);
}

TEST(Record, a_line_of_truth_leaves_an_empty_side_empty) {
  TrueBook book;
  const Timestamp time = *parse_iso("2026-01-01T00:00:00.250Z");
  const Row bid{7, Side::bid, Price::from_units(100'500'000'000, 1), 30, time};
  book.apply({0, BookAction::partial, time, {bid}, {}});
  const std::string line =
      truth_line({4, {"XBTUSD", "Primary"}, BookAction::partial, time, 1, 1, book});
  EXPECT_TRUE(line.starts_with("4,partial,1,100.5,30,,,1,")) << line;
  EXPECT_TRUE(line.ends_with(",XBTUSD,Primary,2026-01-01T00:00:00.250Z\n")) << line;
}

}  // namespace
}  // namespace obkit::exchange
