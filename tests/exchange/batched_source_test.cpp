#include "obkit/exchange/batched_source.hpp"

#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/synthetic_source.hpp"

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

}  // namespace
}  // namespace obkit::exchange
