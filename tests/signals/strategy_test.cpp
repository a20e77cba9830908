#include "obkit/signals/strategy.hpp"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"

#include "model_file.hpp"
#include "tiny_model.hpp"

namespace obkit::signals {
namespace {

using testing::HasSubstr;
using testing::Property;
using testing::Throws;

template <class E>
auto says(const char* text) {
  return Throws<E>(Property(&E::what, HasSubstr(text)));
}

auto making(StrategyOptions options) {
  return [options = std::move(options)] { Strategy{options}; };
}

TEST(Decide, compares_strictly_with_the_threshold) {
  const auto signal = [](double score, double threshold) {
    return decide(score, threshold, Polarity::normal);
  };
  EXPECT_EQ(signal(0.3, 0.2), Signal::buy);
  EXPECT_EQ(signal(-0.3, 0.2), Signal::sell);
  EXPECT_EQ(signal(0.2, 0.2), Signal::wait);
  EXPECT_EQ(signal(-0.2, 0.2), Signal::wait);
  EXPECT_EQ(signal(0, 0), Signal::wait);
  EXPECT_EQ(signal(1e-300, 0), Signal::buy);
  EXPECT_EQ(signal(1, 1), Signal::wait);
}

TEST(Decide, inverted_swaps_buy_and_sell) {
  EXPECT_EQ(decide(0.3, 0.2, Polarity::inverted), Signal::sell);
  EXPECT_EQ(decide(-0.3, 0.2, Polarity::inverted), Signal::buy);
  EXPECT_EQ(decide(0.1, 0.2, Polarity::inverted), Signal::wait);
}

TEST(Strategy, judges_by_rule_threshold_and_polarity) {
  const OrderBook book = book_of({1, 3, 1, 3});  // 0.5 at the best level, 0 over both
  EXPECT_EQ(Strategy({.rule = "imbalance"}).judge(book).signal, Signal::wait);
  const Verdict verdict =
      Strategy({.rule = "imbalance", .levels = 1, .threshold = 0.4}).judge(book);
  EXPECT_EQ(verdict.score, 0.5);
  EXPECT_EQ(verdict.signal, Signal::buy);
  EXPECT_EQ(Strategy({.rule = "imbalance", .levels = 1, .polarity = Polarity::inverted})
                .judge(book)
                .signal,
            Signal::sell);
}

TEST(Strategy, reads_a_model_and_when_it_was_trained) {
  const auto first = parse_iso("2019-08-23T00:00:00.001Z");
  const auto last = parse_iso("2019-08-24T01:02:03.004Z");
  const ModelFile file{tiny_model(first, last)};
  const Strategy strategy{{.model = file.path()}};
  EXPECT_EQ(strategy.judge(book_of({7, 2, 1, 7})).signal, Signal::buy);
  ASSERT_TRUE(strategy.trained_on());
  EXPECT_EQ(strategy.trained_on()->first, (DateTime{20190823, 1}));
  EXPECT_EQ(strategy.trained_on()->last, (DateTime{20190824, 10203004}));
}

TEST(Strategy, the_model_of_the_command_line_cases_is_the_tiny_one) {
  const std::string text =
      read_all(OBKIT_SOURCE_DIR "/tests/cli/cases/signal_inputs/model.json", 4096);
  EXPECT_EQ(
      text,
      tiny_model(parse_iso("2024-08-08T00:00:01Z"), parse_iso("2024-08-08T00:00:02.5Z")).to_json());
}

TEST(Strategy, a_rule_and_a_model_without_times_were_trained_on_nothing_known) {
  EXPECT_FALSE(Strategy({.rule = "imbalance"}).trained_on());
  const ModelFile file{tiny_model()};
  EXPECT_FALSE(Strategy({.model = file.path()}).trained_on());
}

TEST(Strategy, refuses_options_that_make_no_sense) {
  EXPECT_THAT(making({}), says<UsageError>("found neither"));
  EXPECT_THAT(making({.model = "m.json", .rule = "imbalance"}), says<UsageError>("found both"));
  EXPECT_THAT(making({.rule = "luck"}), says<FieldError>("rule luck: expected imbalance"));
  EXPECT_THAT(making({.model = "m.json", .levels = 3}), says<UsageError>("levels go with"));
  EXPECT_THAT(making({.rule = "imbalance", .levels = 0}), says<FieldError>("levels 0"));
  for (const double threshold : {-0.1, 1.1, std::nan(""), HUGE_VAL})
    EXPECT_THAT(making({.rule = "imbalance", .threshold = threshold}),
                says<FieldError>("threshold: expected a number from 0 to 1, found"));
}

TEST(Strategy, a_missing_model_is_named) {
  EXPECT_THAT(making({.model = "no/such.json"}), says<IoError>("cannot open no/such.json"));
}

TEST(InSampleGuard, counts_the_books_of_the_range_and_tells_the_first) {
  InSampleGuard guard{TrainingRange{.first = {20190823, 1000}, .last = {20190824, 2000}}};
  EXPECT_FALSE(guard.is_first_in_sample({20190823, 999}));
  EXPECT_TRUE(guard.is_first_in_sample({20190823, 1000}));
  EXPECT_FALSE(guard.is_first_in_sample({20190824, 2000}));
  EXPECT_FALSE(guard.is_first_in_sample({20190824, 2001}));
  EXPECT_EQ(guard.books(), 2U);
  EXPECT_EQ(guard.warning(),
            "IN-SAMPLE: the model was trained on books from 2019-08-23T00:00:01.000Z to "
            "2019-08-24T00:00:02.000Z, and these inputs have books of that time; expect worse on "
            "others");
}

TEST(InSampleGuard, without_a_range_finds_nothing) {
  InSampleGuard guard{std::nullopt};
  EXPECT_FALSE(guard.is_first_in_sample({20190823, 1000}));
  EXPECT_EQ(guard.books(), 0U);
}

constexpr DateTime time{20190823, 101112345};
constexpr Verdict buy{.score = 0.4142, .signal = Signal::buy};
constexpr Verdict sell{.score = -0.5, .signal = Signal::sell};
constexpr Verdict wait{.score = 0, .signal = Signal::wait};

template <class Append>
std::string text(Append append) {
  std::string out;
  for (const Verdict& verdict : {buy, sell, wait}) append(out, time, verdict);
  return out;
}

TEST(SignalLine, json) {
  EXPECT_EQ(text(append_json_line),
            R"({"timestamp":"2019-08-23T10:11:12.345Z","signal":"BUY","score":0.4142})"
            "\n"
            R"({"timestamp":"2019-08-23T10:11:12.345Z","signal":"SELL","score":-0.5})"
            "\n"
            R"({"timestamp":"2019-08-23T10:11:12.345Z","signal":"WAIT","score":0.0})"
            "\n");
}

TEST(SignalLine, csv) {
  EXPECT_EQ(csv_header() + text(append_csv_line),
            "timestamp,signal,score\n"
            "2019-08-23T10:11:12.345Z,BUY,0.4142\n"
            "2019-08-23T10:11:12.345Z,SELL,-0.5\n"
            "2019-08-23T10:11:12.345Z,WAIT,0.0\n");
}

TEST(SignalLine, text_for_people) {
  EXPECT_EQ(text(append_text_line),
            "2019-08-23T10:11:12.345Z BUY 0.414\n"
            "2019-08-23T10:11:12.345Z SELL -0.500\n"
            "2019-08-23T10:11:12.345Z WAIT 0.000\n");
}

}  // namespace

}  // namespace obkit::signals
