#include "obkit/exchange/source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/record.hpp"

#include "inbox.hpp"
#include "naive_book.hpp"

namespace obkit::exchange {

namespace {

using namespace std::chrono_literals;
const Timestamp begin = *parse_iso("2026-01-01T00:00:00Z");

Row row(std::uint64_t id, Side side, std::int64_t price, std::optional<std::int64_t> size) {
  return {id, side, Price::from_units(price * Price::units_per_one, 0), size, begin};
}

/// A market worked out by hand: one symbol in two pools.
class Script final : public Source {
 public:
  explicit Script(std::vector<Event> events) : events_{std::move(events)} {}
  [[nodiscard]] const std::vector<Instrument>& instruments() const override { return instruments_; }
  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }
  [[nodiscard]] Timestamp start() const override { return begin; }
  [[nodiscard]] std::vector<BookFrame> opening() const override {
    return {{0, BookAction::partial, start(), {}, {}},
            {1,
             BookAction::partial,
             start(),
             {row(1, Side::ask, 101, 10), row(2, Side::ask, 101, 20), row(3, Side::bid, 99, 30)},
             {}}};
  }
  [[nodiscard]] bool next(Event& event) override {
    if (next_ == events_.size()) return false;
    event = events_[next_++];
    return true;
  }

 private:
  std::vector<Instrument> instruments_{{"X", Price::from_units(1, 0), 1}};
  std::vector<Channel> channels_{{"X", "Secondary"}, {"X", "Primary"}};
  std::vector<Event> events_;
  std::size_t next_ = 0;
};

Event event(std::chrono::nanoseconds after, BookAction action, std::vector<Row> rows) {
  return {begin + after, {{1, action, begin + after, std::move(rows), {}}}, false};
}

TEST(BatchedSource, sums_ids_per_price_and_says_what_became_of_each_price) {
  const auto source = make_batched_source(std::make_unique<Script>(
      std::vector{event(10ms, BookAction::update, {row(1, Side::ask, 101, 15)}),
                  event(20ms, BookAction::insert, {row(4, Side::bid, 98, 40)}),
                  event(99'900us, BookAction::remove, {row(3, Side::bid, 99, std::nullopt)})}));
  ASSERT_EQ(source->channels().size(), 1U);
  EXPECT_EQ(source->channels()[0].symbol, "X");
  const auto opening = source->opening();
  ASSERT_EQ(opening.size(), 1U);
  EXPECT_EQ(opening[0].rows.at(1).size, 30);
  Event batch;
  ASSERT_TRUE(source->next(batch));
  EXPECT_EQ(batch.time, begin + 100ms);
  const BookFrame& frame = batch.frames.at(0);
  EXPECT_EQ(frame.time, begin + 99ms);
  EXPECT_EQ(frame.previous_change_id, opening[0].change_id);
  EXPECT_GT(frame.change_id, frame.previous_change_id);
  ASSERT_EQ(frame.rows.size(), 3U);
  EXPECT_EQ(frame.rows[0].action, BookAction::remove);
  EXPECT_EQ(frame.rows[0].size, std::nullopt);
  EXPECT_EQ(frame.rows[1].action, BookAction::insert);
  EXPECT_EQ(frame.rows[2].action, BookAction::update);
  EXPECT_EQ(frame.rows[2].size, 35);
  EXPECT_FALSE(source->next(batch));
}

TEST(BatchedSource, what_came_and_went_within_a_batch_is_not_said) {
  const auto source = make_batched_source(std::make_unique<Script>(
      std::vector{event(10ms, BookAction::insert, {row(4, Side::bid, 98, 40)}),
                  event(20ms, BookAction::remove, {row(4, Side::bid, 98, std::nullopt)}),
                  event(250ms, BookAction::insert, {row(5, Side::bid, 98, 50)})}));
  Event batch;
  ASSERT_TRUE(source->next(batch));
  EXPECT_EQ(batch.time, begin + 300ms);
  EXPECT_EQ(batch.frames.at(0).rows.at(0).size, 50);
}

TEST(BatchedSource, an_event_on_the_boundary_is_of_the_next_batch) {
  const auto source = make_batched_source(std::make_unique<Script>(
      std::vector{event(50ms, BookAction::update, {row(3, Side::bid, 99, 31)}),
                  event(100ms, BookAction::update, {row(3, Side::bid, 99, 32)})}));
  Event batch;
  ASSERT_TRUE(source->next(batch));
  EXPECT_EQ(batch.frames.at(0).rows.at(0).size, 31);
  ASSERT_TRUE(source->next(batch));
  EXPECT_EQ(batch.time, begin + 200ms);
}

TEST(BatchedSource, its_books_are_those_of_the_unbatched_market) {
  const SyntheticOptions options{
      .symbols = {"A", "B"}, .seed = 5, .start = begin, .rate = 40, .first_price = 60000};
  Exchange plain_market{make_synthetic_source(options)};
  Exchange batched{make_synthetic_source(options), Venue::deribit};
  for (int i = 0; i < 2'000; ++i) {
    const Timestamp until = batched.upcoming()->time;
    batched.publish();
    while (plain_market.upcoming()->time < until) plain_market.publish();
    for (const std::size_t symbol : {0U, 1U})
      ASSERT_EQ(batched.book(symbol).ladder_crc(), plain_market.book(3 * symbol).ladder_crc());
  }
}

/// The window has all levels at first, and not later.
TEST(BatchedSource, shows_the_best_levels_whether_there_are_more_or_not) {
  const SyntheticOptions options{
      .symbols = {"A"}, .seed = 7, .start = begin, .rate = 40, .first_price = 60000};
  Exchange plain_market{make_synthetic_source(options)};
  const auto count = [&](Side side) { return plain_market.book(0).levels(side, 10'000).size(); };
  const std::size_t levels = std::max(count(Side::bid), count(Side::ask)) + 1;
  const auto batched = make_batched_source(make_synthetic_source(options), {.levels = levels});
  TrueBook book;
  book.apply(batched->opening().at(0));
  int with_more = 0, with_all = 0;
  for (int i = 0; i < 2'000; ++i) {
    Event batch;
    ASSERT_TRUE(batched->next(batch));
    while (plain_market.upcoming()->time < batch.time) plain_market.publish();
    for (const BookFrame& frame : batch.frames) book.apply(frame);
    ++(std::max(count(Side::bid), count(Side::ask)) > levels ? with_more : with_all);
    for (const Side side : {Side::bid, Side::ask})
      ASSERT_EQ(book.levels(side, 10'000), plain_market.book(0).levels(side, levels)) << i;
  }
  EXPECT_GT(with_more, 100);
  EXPECT_GT(with_all, 100);
}

TEST(BatchedSource, truth_is_the_book_that_the_frames_make_and_bears_their_time) {
  const SyntheticOptions options{
      .symbols = {"A", "B"}, .seed = 6, .start = begin, .rate = 40, .first_price = 60000};
  Exchange exchange{make_synthetic_source(options), Venue::deribit};
  for (int i = 0; i < 100; ++i) exchange.publish();
  Inbox inbox;
  NaiveLadder naive;
  int frames = 0;
  exchange.observe([&](const Truth& truth) {
    if (truth.receivers == 0) return;
    ++frames;
    naive.read(inbox.frames.back());
    const auto data = nlohmann::json::parse(inbox.frames.back()).at("params").at("data");
    ASSERT_EQ(truth.time, Timestamp{std::chrono::milliseconds{data.at("timestamp")}});
    for (const Side side : {Side::bid, Side::ask})
      ASSERT_EQ(plain(truth.book.levels(side, 500)), naive.levels(side, 500));
  });
  exchange.subscribe(inbox, {"book.B.100ms", "B", {1}});
  exchange.send_partial(inbox, "book.B.100ms");
  for (int i = 0; i < 1'000; ++i) exchange.publish();
  EXPECT_GT(frames, 800);
}

const std::string partial =
    R"({"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],"types":{},)"
    R"("filter":{"symbol":"XBTUSD"},"data":[)"
    R"({"symbol":"XBTUSD","id":2,"side":"Sell","size":10,"price":101.5},)"
    R"({"symbol":"XBTUSD","id":1,"side":"Buy","size":30,"price":101}]})";
const std::string update =
    R"({"table":"orderBookL2","action":"update","data":[{"symbol":"XBTUSD","id":1,"side":"Buy","size":40}]})";
const std::string removal =
    R"({"table":"orderBookL2","action":"delete","data":[{"symbol":"XBTUSD","id":2,"side":"Sell"}]})";

class Capture : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "capture_" +
            testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::unique_ptr<Source> open(const std::string& text) {
    std::ofstream{path_, std::ios::binary} << text;
    return make_capture_source(path_);
  }

  std::string path_;
};

TEST_F(Capture, gives_book_frames_as_they_stand_at_the_times_they_came) {
  const auto source = open("1626993367.875267\t{\"info\":\"Welcome\"}\n1626993370.376836\t" +
                           partial + "\n1626993370.4\t" + update + "\n");
  ASSERT_EQ(source->channels().size(), 1U);
  EXPECT_EQ(source->channels()[0].symbol, "XBTUSD");
  EXPECT_EQ(source->channels()[0].pool, "");
  EXPECT_EQ(format_iso(source->start(), 6), "2021-07-22T22:36:10.376836Z");
  EXPECT_TRUE(source->opening().empty());
  Event event;
  ASSERT_TRUE(source->next(event));
  EXPECT_EQ(event.frames.at(0).text, partial);
  ASSERT_TRUE(source->next(event));
  EXPECT_EQ(event.frames.at(0).text, update);
  EXPECT_EQ(event.time, *parse_epoch_seconds("1626993370.4"));
  EXPECT_FALSE(source->next(event));
}

TEST_F(Capture, reads_the_layout_with_iso_times_and_takes_an_empty_line_for_a_disconnect) {
  const auto source = open("\n2021-07-22T22:36:10.123456789Z " + partial + "\n\n");
  Event event;
  ASSERT_TRUE(source->next(event));
  EXPECT_FALSE(event.disconnect);
  ASSERT_TRUE(source->next(event));
  EXPECT_TRUE(event.disconnect);
  EXPECT_FALSE(source->next(event));
}

TEST_F(Capture, leaves_out_what_comes_before_the_partial_and_other_symbols) {
  std::string other = update;
  other.replace(other.find("XBTUSD"), 6, "ETHUSD");
  const auto source =
      open("1.0\t" + update + "\n2.0\t" + partial + "\n3.0\t" + other + "\n4.0\t" + removal + "\n");
  Event event;
  ASSERT_TRUE(source->next(event));
  EXPECT_EQ(event.frames.at(0).action, BookAction::partial);
  ASSERT_TRUE(source->next(event));
  EXPECT_EQ(event.frames.at(0).action, BookAction::remove);
}

TEST_F(Capture, the_book_is_unknown_from_a_disconnect_to_the_next_partial) {
  Exchange exchange{open("1.0\t" + partial + "\n\n2.0\t" + update + "\n3.0\t" + partial + "\n")};
  std::vector<std::uint64_t> numbers;
  exchange.observe([&](const Truth& truth) { numbers.push_back(truth.number); });
  while (exchange.upcoming() != nullptr) exchange.publish();
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(Capture, names_the_line_that_is_none) {
  for (const char* line : {"nonsense", "12:34\t{}", "x\t{}"}) {
    try {
      open("1.0\t{}\n" + std::string{line} + "\n");
      FAIL() << line;
    } catch (const DataError& error) {
      EXPECT_EQ(error.place().line, 2U);
      EXPECT_NE(std::string{error.what()}.find("expected a receive time and a frame"),
                std::string::npos);
    }
  }
}

TEST_F(Capture, names_the_frame_that_is_damaged) {
  const auto source = open("1.0\t" + partial + "\n2.0\t" + update.substr(0, 60) + "\n");
  Event event;
  ASSERT_TRUE(source->next(event));
  EXPECT_THROW((void)source->next(event), DataError);
}

TEST_F(Capture, without_a_partial_is_refused) {
  EXPECT_THROW(open(""), DataError);
  EXPECT_THROW(open("1.0\t" + update + "\n"), DataError);
  EXPECT_THROW((void)make_capture_source(path_ + "_absent"), IoError);
}

const std::string snapshot =
    R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",)"
    R"("data":{"timestamp":1000,"type":"snapshot","change_id":7,"instrument_name":"BTC-PERPETUAL",)"
    R"("bids":[["new",8.39e4,6.0e3]],"asks":[["new",84000.5,10.0]]}}})";

std::string change(int previous, int id, const std::string& bids) {
  return R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":)"
         R"("book.BTC-PERPETUAL.100ms","data":{"timestamp":1250,"type":"change","change_id":)" +
         std::to_string(id) + R"(,"instrument_name":"BTC-PERPETUAL","bids":[)" + bids +
         R"(],"asks":[],"prev_change_id":)" + std::to_string(previous) + "}}}";
}

TEST_F(Capture, of_deribit_is_known_by_its_frames) {
  const auto source = open("1.0\t{\"id\":1,\"result\":\"ok\"}\n2.0\t" + snapshot + "\n3.0\t" +
                           change(7, 9, R"(["delete",8.39e4,0.0],["new",83800.0,20.0])") + "\n");
  EXPECT_EQ(source->venue(), Venue::deribit);
  EXPECT_EQ(source->channels()[0].symbol, "BTC-PERPETUAL");
  Event event;
  ASSERT_TRUE(source->next(event));
  EXPECT_EQ(event.frames[0].rows.at(0).price->units(), 83'900 * Price::units_per_one);
  EXPECT_EQ(event.frames[0].rows.at(0).size, 6000);
  ASSERT_TRUE(source->next(event));
  EXPECT_EQ(event.time, *parse_epoch_seconds("3.0"));
  EXPECT_EQ(event.frames[0].time, *parse_epoch_seconds("1.25"));
  EXPECT_EQ(event.frames[0].previous_change_id, 7U);
  EXPECT_EQ(event.frames[0].rows.at(0).action, BookAction::remove);
}

TEST_F(Capture, of_deribit_has_no_true_book_from_a_broken_chain_to_the_next_snapshot) {
  Exchange exchange{open("1.0\t" + snapshot + "\n2.0\t" + change(8, 9, "") + "\n3.0\t" +
                         change(9, 10, "") + "\n4.0\t" + snapshot + "\n"),
                    Venue::deribit};
  std::vector<BookAction> actions;
  exchange.observe([&](const Truth& truth) { actions.push_back(truth.action); });
  while (exchange.upcoming() != nullptr) exchange.publish();
  EXPECT_EQ(actions, (std::vector{BookAction::partial, BookAction::partial}));
}

TEST_F(Capture, is_not_spoken_in_the_protocol_of_another_venue) {
  EXPECT_THROW((Exchange{open("1.0\t" + partial + "\n"), Venue::deribit}), UsageError);
  EXPECT_THROW((Exchange{open("1.0\t" + snapshot + "\n"), Venue::bitmex}), UsageError);
}

TEST_F(Capture, names_a_row_that_does_what_nobody_knows) {
  const auto source = open("1.0\t" + snapshot + "\n2.0\t" + change(7, 9, R"(["move",1,2])") + "\n");
  Event event;
  ASSERT_TRUE(source->next(event));
  EXPECT_THROW((void)source->next(event), DataError);
}

/// Columns `action` to `crc32_top100` of a line.
std::string middle_columns(const std::string& line) {
  const std::size_t comma = line.find(',');
  std::size_t end = comma;
  for (int i = 0; i < 8; ++i) end = line.find(',', end + 1);
  return line.substr(comma + 1, end - comma - 1);
}

class Golden : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Golden, every_true_book_has_the_ladder_of_an_independent_implementation) {
  const std::string folder = OBKIT_SHARED_DATA "/bitmex/xbtusd_2021-07-22.";
  const std::string capture = folder + GetParam().first + ".tsv.gz";
  if (!std::filesystem::exists(capture)) GTEST_SKIP() << "no real captures here: " << capture;
  std::ifstream golden{folder + GetParam().second};
  std::string line;
  std::getline(golden, line);
  EXPECT_EQ(middle_columns(line + ","),
            middle_columns(std::string{truth_header}.substr(0, truth_header.size() - 1)));
  Exchange exchange{make_capture_source(capture)};
  exchange.observe([&](const Truth& truth) {
    ASSERT_TRUE(std::getline(golden, line));
    ASSERT_EQ(middle_columns(truth_line(truth)), middle_columns(line + ","));
  });
  while (exchange.upcoming() != nullptr) exchange.publish();
  EXPECT_FALSE(std::getline(golden, line));
}

INSTANTIATE_TEST_SUITE_P(Real, Golden,
                         testing::Values(std::pair{"raw", "expected.csv"},
                                         std::pair{"modern_primary", "expected.csv"},
                                         std::pair{"modern_aggregated_overlay",
                                                   "modern_aggregated_overlay.expected.csv"}),
                         [](const auto& golden) { return golden.param.first; });

/// Columns `rows` to `crc32_top100`, where the last column is not that of a frame to be ignored.
TEST(DeribitGolden, every_true_book_has_the_ladder_of_an_independent_implementation) {
  for (const char* name : {"btc-perpetual_100ms", "btc-perpetual_100ms_gap"}) {
    const std::string path = std::string{OBKIT_SHARED_DATA "/deribit/"} + name;
    if (!std::filesystem::exists(path + ".tsv.gz")) GTEST_SKIP() << "no real captures: " << path;
    std::ifstream golden{path + ".expected.csv"};
    std::string line;
    std::getline(golden, line);
    const auto next_row = [&] {
      while (std::getline(golden, line))
        if (line.ends_with(",ok")) return true;
      return false;
    };
    Exchange exchange{make_capture_source(path + ".tsv.gz"), Venue::deribit};
    exchange.observe([&](const Truth& truth) {
      ASSERT_TRUE(next_row());
      const std::string mine = middle_columns(truth_line(truth)), its = middle_columns(line + ",");
      ASSERT_EQ(mine.substr(mine.find(',')), its.substr(its.find(',')));
    });
    while (exchange.upcoming() != nullptr) exchange.publish();
    EXPECT_FALSE(next_row());
  }
}

}  // namespace

}  // namespace obkit::exchange
