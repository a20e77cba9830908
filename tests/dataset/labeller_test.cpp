#include "obkit/dataset/labeller.hpp"

#include <vector>

#include <gmock/gmock.h>

#include "obkit/core/error.hpp"

#include "books.hpp"

namespace obkit::dataset {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// "first volume:direction" of each sample; book() has its milliseconds there.
std::vector<std::string> labels(const std::vector<OrderBook>& books, const std::string& rule,
                                const std::string& flat = "") {
  const std::string tick = flat.find("tick") == std::string::npos ? "" : "0.5";
  std::vector<std::string> result;
  for (const auto& sample : samples_of(books, parse_label_rule(rule, flat, tick)))
    result.push_back(std::to_string(static_cast<int>(sample.volumes[0])) + ":" +
                     std::to_string(sample.direction));
  return result;
}

TEST(NextLabel, a_book_before_a_move_is_a_sample_with_its_own_volumes_and_time) {
  const auto samples = samples_of({book(1, 100, 105), book(2, 100, 105), book(3, 105, 110)}, {});
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_THAT(samples[0].volumes, ElementsAre(2, 0.5));
  EXPECT_EQ(samples[0].direction, 1);
  EXPECT_EQ(samples[0].time, (DateTime{.date = 20190823, .time = 235959752}));
  EXPECT_EQ(samples[0].label, "");
}

TEST(NextLabel, direction_is_1_for_a_rise_and_0_for_a_fall) {
  EXPECT_THAT(labels({book(1, 100, 105), book(2, 101, 105), book(3, 100, 105)}, "next"),
              ElementsAre("1:1", "2:0"));
}

TEST(NextLabel, best_prices_that_move_around_the_same_mid_are_no_move) {
  EXPECT_THAT(labels({book(1, 100, 106), book(2, 101, 105), book(3, 103, 103)}, "next"), IsEmpty());
}

TEST(NextLabel, never_looks_across_a_gap_or_the_end) {
  EXPECT_THAT(labels({book(1, 100, 105), book(2, 200, 205, true), book(3, 100, 105)}, "next"),
              ElementsAre("2:0"));
  EXPECT_THAT(labels({book(1, 100, 105)}, "next"), IsEmpty());
}

TEST(NextLabel, mid_prices_are_compared_exactly) {
  // In doubles 0.1 + 0.7 and 0.3 + 0.5 differ.
  EXPECT_THAT(labels({book(1, 1, 7), book(2, 3, 5)}, "next"), IsEmpty());
}

TEST(NextLabel, with_a_band_the_same_books_are_samples_and_small_moves_are_flat) {
  // The mid moves by 0, 0.5, then 1.
  const std::vector<OrderBook> books{book(1, 100, 110), book(2, 100, 110), book(3, 100, 120),
                                     book(4, 120, 120)};
  EXPECT_THAT(labels(books, "next", "1tick"), ElementsAre("2:2", "3:1"));
}

TEST(EveryLabel, all_books_before_a_move_get_its_direction) {
  EXPECT_THAT(labels({book(1, 100, 105), book(2, 100, 105), book(3, 100, 105), book(4, 100, 106),
                      book(5, 100, 106), book(6, 99, 106), book(7, 99, 106)},
                     "every"),
              ElementsAre("1:1", "2:1", "3:1", "4:0", "5:0"));
}

TEST(EveryLabel, a_gap_takes_the_label_from_all_that_wait) {
  EXPECT_THAT(
      labels({book(1, 100, 105), book(2, 100, 105), book(3, 100, 106, true), book(4, 100, 107)},
             "every"),
      ElementsAre("3:1"));
}

TEST(HorizonInBooks, compares_with_the_book_that_many_books_later) {
  const std::vector<OrderBook> books{book(1, 100, 105), book(2, 100, 104), book(3, 100, 107),
                                     book(4, 100, 104), book(5, 100, 106)};
  EXPECT_THAT(labels(books, "horizon=1"), ElementsAre("1:0", "2:1", "3:0", "4:1"));
  EXPECT_THAT(labels(books, "horizon=2"), ElementsAre("1:1", "3:0"));
  EXPECT_THAT(labels(books, "horizon=2", "0bp"), ElementsAre("1:1", "2:2", "3:0"));
  EXPECT_THAT(labels(books, "horizon=5"), IsEmpty());
}

TEST(MeanOfBooks, compares_with_the_mean_of_the_next_books) {
  // Double mids 205, 204, 207, 204, 206: behind the first, 204 and 207 are 205.5 in the mean.
  const std::vector<OrderBook> books{book(1, 100, 105), book(2, 100, 104), book(3, 100, 107),
                                     book(4, 100, 104), book(5, 100, 106)};
  EXPECT_THAT(labels(books, "mean=1"), ElementsAre("1:0", "2:1", "3:0", "4:1"));
  EXPECT_THAT(labels(books, "mean=2"), ElementsAre("1:1", "2:1", "3:0"));
  EXPECT_THAT(labels(books, "mean=3"), ElementsAre("2:1"));
  EXPECT_THAT(labels(books, "mean=3", "0bp"), ElementsAre("1:2", "2:1"));
  EXPECT_THAT(labels(books, "mean=5"), IsEmpty());
}

TEST(HorizonInTime, compares_with_the_last_book_until_then_once_time_has_passed_it) {
  const std::vector<OrderBook> books{book(0, 100, 105), book(4, 100, 106), book(10, 100, 104),
                                     book(10, 100, 107), book(11, 100, 103)};
  // At 10 ms the second of two books stands; only the book at 11 ms shows that there is no third.
  EXPECT_THAT(labels(books, "horizon=10ms"), ElementsAre("0:1"));
  EXPECT_THAT(labels(books, "horizon=10ms", "0bp"), ElementsAre("0:1"));
  EXPECT_THAT(labels({books.begin(), books.end() - 1}, "horizon=10ms"), IsEmpty());
  EXPECT_THAT(labels(books, "horizon=5ms", "0bp"), ElementsAre("0:1", "4:2"));
  EXPECT_THAT(labels(books, "horizon=2s"), IsEmpty());
}

TEST(HorizonInTime, a_time_that_goes_back_counts_as_the_latest_before_it) {
  const std::vector<OrderBook> books{book(10, 100, 105), book(7, 100, 106), book(14, 100, 104),
                                     book(16, 100, 107)};
  // The second book counts as of 10 ms: 5 ms later it is 15 ms, where the third stands.
  EXPECT_THAT(labels(books, "horizon=5ms"), ElementsAre("10:0", "7:0"));
}

TEST(NoLabel, each_book_is_a_sample_at_once) {
  const auto samples =
      samples_of({book(1, 100, 105), book(2, 100, 105, true)}, parse_label_rule("none"));
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].direction, unlabelled);
  EXPECT_THAT(samples[0].volumes, ElementsAre(1, 0.5));
  EXPECT_EQ(samples[0].label, "none");
  EXPECT_FALSE(samples[0].gap);
  EXPECT_TRUE(samples[1].gap);
}

TEST(Labeller, keeps_the_best_prices_and_on_request_all_through_memory_and_file) {
  // One bid and one ask a book, in tenths: the mid of 10.0 and 10.5 is 10.25.
  std::vector<OrderBook> books{book(1, 100, 105), book(2, 99, 106), book(3, 1, 302)};
  books.insert(books.end(), 40, book(4, -3, 2));
  for (const auto prices : {Labeller::Prices::leave_out, Labeller::Prices::keep}) {
    Labeller labeller{parse_label_rule("horizon=10"),
                      {.folder = "/var/tmp", .memory_bytes = 200, .prices = prices}};
    std::vector<Sample> samples;
    for (const OrderBook& each : books) {
      labeller.push(each);
      for (Sample sample; labeller.take(sample);) samples.push_back(sample);
    }
    ASSERT_EQ(samples.size(), 3U);
    EXPECT_THAT((std::vector{samples[0].mid, samples[0].best_bid, samples[0].best_ask}),
                ElementsAre(10.25, 10, 10.5));
    EXPECT_THAT((std::vector{samples[2].mid, samples[2].best_bid, samples[2].best_ask}),
                ElementsAre(15.15, 0.1, 30.2));
    EXPECT_THAT(samples[1].volumes, ElementsAre(2, 0.5));
    if (prices == Labeller::Prices::keep)
      EXPECT_THAT(samples[1].prices, ElementsAre(9.9, 10.6));
    else
      EXPECT_THAT(samples[1].prices, IsEmpty());
  }
}

TEST(Labeller, writes_a_rule_that_is_not_the_default_into_each_sample) {
  const std::vector<OrderBook> books{book(1, 100, 105), book(2, 100, 106), book(3, 100, 107)};
  const auto samples = samples_of(books, parse_label_rule("horizon=1", "2ticks", "0.10"));
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[1].label, "horizon=1,flat=2tick,tick=0.1");
}

TEST(Labeller, says_whose_samples_are_all_there) {
  Labeller labeller{parse_label_rule("every")};
  Sample sample;
  const auto push = [&](const OrderBook& next, std::size_t input) {
    std::vector<std::size_t> inputs;
    labeller.push(next, input);
    while (const auto of = labeller.take(sample)) inputs.push_back(*of);
    return inputs;
  };
  EXPECT_THAT(push(book(1, 100, 105), 0), IsEmpty());
  EXPECT_THAT(push(book(2, 100, 105), 1), IsEmpty());
  EXPECT_EQ(labeller.oldest_input(), 0U);
  EXPECT_THAT(push(book(3, 100, 106), 3), ElementsAre(0, 1));
  EXPECT_EQ(labeller.oldest_input(), 3U);
  EXPECT_THAT(push(book(4, 100, 107, true), 4), IsEmpty());
  EXPECT_EQ(labeller.oldest_input(), 4U);
}

TEST(Labeller, that_nothing_waits_for_has_all_samples_before_the_newest_book) {
  Labeller labeller{parse_label_rule("none")};
  labeller.push(book(1, 100, 105), 2);
  Sample sample;
  EXPECT_EQ(labeller.take(sample), 2U);
  EXPECT_EQ(labeller.oldest_input(), 2U);
}

TEST(Labeller, knows_the_latest_time_of_the_run) {
  Labeller labeller{parse_label_rule("every")};
  EXPECT_EQ(labeller.latest_time(), std::nullopt);
  labeller.push(book(10, 100, 105));
  labeller.push(book(7, 100, 105));
  EXPECT_EQ(labeller.latest_time(), book(10, 0, 0).time);
  labeller.push(book(8, 100, 105, true));
  EXPECT_EQ(labeller.latest_time(), book(8, 0, 0).time);
}

/// "flow, volume:move" of each sample; the flow of a book is its milliseconds, many times.
std::vector<std::string> moves(const std::vector<OrderBook>& books, const std::string& rule) {
  Labeller labeller{parse_label_rule(rule), {.folder = "/var/tmp", .memory_bytes = 200}};
  std::vector<std::string> result;
  for (const OrderBook& each : books) {
    const std::vector<double> flow(flow_count, -each.volumes[0]);
    const std::string text = result.size() % 2 == 0 ? "7,8" : "";
    labeller.push(each, 0, text, flow);
    for (Sample sample; labeller.take(sample);) {
      EXPECT_EQ(sample.flow, std::vector<double>(flow_count, sample.flow.at(0)));
      result.push_back(std::to_string(static_cast<int>(sample.flow[0])) + ":" +
                       std::to_string(sample.move));
    }
  }
  return result;
}

TEST(Labeller, keeps_the_flow_of_each_book_and_the_number_of_its_move) {
  const std::vector<OrderBook> books{book(1, 100, 105), book(2, 100, 105),       book(3, 100, 106),
                                     book(4, 100, 106), book(5, 100, 105, true), book(6, 100, 105),
                                     book(7, 100, 107), book(8, 101, 107)};
  EXPECT_THAT(moves(books, "every"), ElementsAre("-1:1", "-2:1", "-5:3", "-6:3", "-7:4"));
  EXPECT_THAT(moves(books, "next"), ElementsAre("-2:1", "-6:3", "-7:4"));
  EXPECT_THAT(moves(books, "horizon=2"), ElementsAre("-1:0", "-2:0", "-5:0", "-6:0"));
}

TEST(Labeller, a_still_price_waits_in_a_file_and_not_in_memory) {
  constexpr int count = 20'000;
  std::vector<OrderBook> books;
  for (int i = 0; i < count; ++i) books.push_back(book(i, 100, 105));
  books.push_back(book(count, 100, 106));
  const LabelRule every = parse_label_rule("every");
  const auto samples = samples_of(books, every, 4096);
  ASSERT_EQ(samples.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ASSERT_EQ(samples[static_cast<std::size_t>(i)].volumes[0], i);
}

TEST(Labeller, a_scratch_folder_is_wanted_only_when_memory_is_full) {
  Labeller labeller{parse_label_rule("every"), {.folder = "/nowhere", .memory_bytes = 1000}};
  labeller.push(book(1, 100, 105));
  try {
    for (int i = 0; i < 100; ++i) labeller.push(book(i, 100, 105));
    FAIL() << "no error";
  } catch (const IoError& error) {
    EXPECT_EQ(std::string{error.what()},
              "cannot create a temporary file in /nowhere: No such file or directory");
  }
}

}  // namespace
}  // namespace obkit::dataset
