#include "obkit/exchange/fault.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/exchange/exchange.hpp"
#include "obkit/exchange/source.hpp"

#include "inbox.hpp"
#include "naive_book.hpp"
#include "support/test_name.hpp"

namespace obkit::exchange {

namespace {

using namespace std::chrono_literals;

TEST(Fault, every_one_has_a_name_that_reads_back) {
  auto all = faults_of(Venue::bitmex);
  EXPECT_EQ(std::count(all.begin(), all.end(), Fault::questions), 0) << "BitMEX asks nothing";
  all.push_back(Fault::questions);
  for (const Fault one : faults_of(Venue::binance_spot))
    if (reach_of(one) == Reach::next_answers) all.push_back(one);
  all.insert(all.end(), {Fault::lost_trades, Fault::doubled_trades});
  EXPECT_EQ(all.size(), static_cast<std::size_t>(Fault::restart) + 1);
  for (const Fault one : all) {
    const auto parsed = parse_injection(to_string(one));
    ASSERT_TRUE(parsed) << to_string(one);
    EXPECT_EQ(parsed->fault, one);
  }
}

TEST(Fault, levels_without_ids_know_no_faults_of_ids) {
  const auto all = faults_of(Venue::deribit);
  EXPECT_EQ(all.size() + 2, faults_of(Venue::bitmex).size());
  EXPECT_EQ(std::count(all.begin(), all.end(), Fault::unknown_update), 0);
  EXPECT_EQ(std::count(all.begin(), all.end(), Fault::moved_insert), 0);
  EXPECT_EQ(std::count(all.begin(), all.end(), Fault::strangers), 0);
  EXPECT_EQ(faults_of(Venue::bybit_spot).size() + 1, all.size()) << "it asks nothing";
}

TEST(Fault, books_by_http_know_faults_of_answers_and_none_of_partials) {
  const auto all = faults_of(Venue::binance_usdm);
  for (const Fault one : {Fault::refuse_get, Fault::late_answer, Fault::old_answer})
    EXPECT_EQ(std::count(all.begin(), all.end(), one), 1) << to_string(one);
  for (const Fault one : {Fault::duplicate_partial, Fault::empty_partial, Fault::early_deltas})
    EXPECT_EQ(std::count(all.begin(), all.end(), one), 0) << to_string(one);
}

TEST(Fault, each_is_of_connections_subscriptions_what_comes_next_or_the_server) {
  EXPECT_EQ(reach_of(Fault::cut), Reach::connections);
  EXPECT_EQ(reach_of(Fault::maintenance), Reach::connections);
  EXPECT_EQ(reach_of(Fault::silence), Reach::subscriptions);
  EXPECT_EQ(reach_of(Fault::lost_delta), Reach::subscriptions);
  EXPECT_EQ(reach_of(Fault::early_deltas), Reach::next_subscriptions);
  EXPECT_EQ(reach_of(Fault::refuse_get), Reach::next_answers);
  EXPECT_EQ(reach_of(Fault::old_answer), Reach::next_answers);
  EXPECT_EQ(reach_of(Fault::refuse_upgrade), Reach::next_connections);
  EXPECT_EQ(reach_of(Fault::foreign_certificate), Reach::next_connections);
  EXPECT_EQ(reach_of(Fault::restart), Reach::server);
}

TEST(Fault, a_value_says_the_one_thing_there_is_to_say) {
  EXPECT_EQ(parse_injection("refuse_upgrade=502")->status, 502U);
  EXPECT_EQ(parse_injection("close=1012")->code, 1012);
  EXPECT_EQ(parse_injection("stall=250")->time, 250ms);
  EXPECT_EQ(parse_injection("restart=5")->time, 5ms);
  EXPECT_EQ(parse_injection("unknown_issuer=3")->count, 3U);
  EXPECT_EQ(parse_injection("early_deltas=2")->count, 2U);
  EXPECT_EQ(parse_injection("large_message=1000")->size, 1000U);
  EXPECT_EQ(parse_injection("refuse_get=418")->status, 418U);
  EXPECT_EQ(parse_injection("late_answer=40")->time, 40ms);
  EXPECT_EQ(parse_injection("old_answer=2")->count, 2U);
}

TEST(Fault, other_texts_are_none) {
  for (const char* text : {"", "dance", "cut=1", "close=", "close=999", "close=1006", "close=x",
                           "stall=-1", "stall=1s", "refuse_upgrade=200", "refuse_upgrade=600"})
    EXPECT_FALSE(parse_injection(text)) << text;
}

using testing::HasSubstr;
using Levels = std::vector<std::pair<double, std::int64_t>>;

/// A market at a venue, and a client that follows its first symbol and believes all that it gets.
class Followed {
 public:
  explicit Followed(Venue venue) : venue_{venue}, exchange{source(), venue} {
    exchange.observe([this](const Truth& truth) {
      if (&truth.channel == exchange.source().channels().data())
        truths_.insert(book_of(truth.book));
    });
    subscribe();
  }

  void subscribe() {
    conversation_ = exchange.protocol().converse(exchange.source().channels(), {});
    const Channel first{"A", venue_ == Venue::bitmex ? "Primary" : ""};
    const auto outcome =
        conversation_->receive(exchange.protocol().subscribe_request(first), exchange.now());
    topic_ = outcome.subscribed.at(0).topic;
    exchange.subscribe(inbox, outcome.subscribed[0]);
    exchange.send_partial(inbox, topic_);
    if (venue_ == Venue::binance_spot) ask("/api/v3/depth?symbol=A&limit=5000");
    if (venue_ == Venue::binance_usdm) ask("/fapi/v1/depth?symbol=A&limit=1000");
  }
  void subscribe_again() {
    exchange.unsubscribe(inbox, topic_);
    subscribe();
  }

  /// Publishes until more has come than had before.
  void until_something_comes() {
    const std::size_t before = inbox.frames.size();
    while (inbox.frames.size() == before) exchange.publish();
  }

  void read(const std::string& frame) {
    venue_ == Venue::bitmex ? book_.read(frame) : ladder_.read(frame);
  }
  void read_all() {
    for (const std::string& frame : inbox.frames) read(frame);
    inbox.frames.clear();
  }
  /// Reads what came until something cannot be. Every book before that must be a true one.
  [[nodiscard]] bool meets_what_cannot_be() {
    for (const std::string& frame : std::exchange(inbox.frames, {})) {
      try {
        read(frame);
      } catch (const std::exception&) {
        return true;
      }
      EXPECT_TRUE(was_true());
    }
    return false;
  }
  [[nodiscard]] Levels levels(Side side) const {
    return venue_ == Venue::bitmex ? book_.levels(side, 200) : ladder_.levels(side, 200);
  }
  [[nodiscard]] bool was_true() const {
    return truths_.contains({levels(Side::bid), levels(Side::ask)});
  }
  [[nodiscard]] bool is_true() const {
    return std::pair{levels(Side::bid), levels(Side::ask)} == book_of(exchange.book(0));
  }

 private:
  static std::unique_ptr<Source> source() {
    return make_synthetic_source({.symbols = {"A", "B"},
                                  .seed = 3,
                                  .start = *parse_iso("2026-01-01T00:00:00Z"),
                                  .rate = 10,
                                  .first_price = 60000});
  }
  /// The answer comes at once, among the frames.
  void ask(std::string_view target) {
    inbox.frames.push_back(exchange.protocol().answer_get(exchange, target).body);
  }
  static std::pair<Levels, Levels> book_of(const TrueBook& book) {
    return {plain(book.levels(Side::bid, 200)), plain(book.levels(Side::ask, 200))};
  }

  Venue venue_;
  NaiveBook book_;
  NaiveLadder ladder_;
  std::set<std::pair<Levels, Levels>> truths_;
  std::unique_ptr<Conversation> conversation_;
  std::string topic_;

 public:
  Exchange exchange;
  Inbox inbox;
};

using Case = std::pair<Venue, Fault>;

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return test_name(std::string{to_string(info.param.first)} + "_" +
                   std::string{to_string(info.param.second)});
}

/// Faults that a client which checks what it gets can see at once.
class VisibleFault : public testing::TestWithParam<Case> {};

TEST_P(VisibleFault, every_book_up_to_the_one_that_cannot_be_was_true_and_a_new_one_is) {
  const auto [venue, fault] = GetParam();
  Followed followed{venue};
  for (int i = 0; i < 50; ++i) followed.exchange.publish();
  followed.read_all();
  EXPECT_EQ(followed.exchange.inject({.fault = fault, .symbol = "A"}), 1U);
  int events = 0;
  while (!followed.meets_what_cannot_be() && ++events < 5'000) followed.exchange.publish();
  EXPECT_LT(events, 5'000);
  followed.inbox.frames.clear();
  followed.subscribe_again();
  for (int i = 0; i < 500; ++i) followed.exchange.publish();
  followed.read_all();
  EXPECT_TRUE(followed.is_true());
}

INSTANTIATE_TEST_SUITE_P(
    All, VisibleFault,
    testing::Values(
        Case{Venue::bitmex, Fault::cut_json}, Case{Venue::bitmex, Fault::unknown_update},
        Case{Venue::bitmex, Fault::unknown_delete}, Case{Venue::bitmex, Fault::out_of_order},
        Case{Venue::bitmex, Fault::lost_delta}, Case{Venue::deribit, Fault::cut_json},
        Case{Venue::deribit, Fault::unknown_delete}, Case{Venue::deribit, Fault::out_of_order},
        Case{Venue::deribit, Fault::lost_delta}, Case{Venue::bybit_linear, Fault::cut_json},
        Case{Venue::bybit_linear, Fault::unknown_delete},
        Case{Venue::bybit_linear, Fault::out_of_order},
        Case{Venue::bybit_linear, Fault::lost_delta}, Case{Venue::binance_spot, Fault::cut_json},
        Case{Venue::binance_spot, Fault::out_of_order},
        Case{Venue::binance_spot, Fault::lost_delta}, Case{Venue::binance_usdm, Fault::cut_json},
        Case{Venue::binance_usdm, Fault::out_of_order},
        Case{Venue::binance_usdm, Fault::lost_delta}, Case{Venue::okx, Fault::cut_json},
        Case{Venue::okx, Fault::out_of_order}, Case{Venue::okx, Fault::lost_delta},
        Case{Venue::kraken, Fault::cut_json}, Case{Venue::kraken, Fault::out_of_order},
        Case{Venue::kraken, Fault::lost_delta}, Case{Venue::kraken_futures, Fault::cut_json},
        Case{Venue::kraken_futures, Fault::out_of_order},
        Case{Venue::kraken_futures, Fault::lost_delta}, Case{Venue::coinbase, Fault::cut_json},
        Case{Venue::coinbase, Fault::out_of_order}, Case{Venue::coinbase, Fault::lost_delta}),
    name_of);

class AtVenue : public testing::TestWithParam<Venue> {
 protected:
  /// The client's book is true, then the fault came to it.
  void meet(Injection injection) {
    followed.exchange.publish();
    followed.read_all();
    injection.symbol = "A";
    followed.exchange.inject(injection);
    followed.until_something_comes();
  }

  Followed followed{GetParam()};
};

TEST_P(AtVenue, a_crossed_book_has_a_bid_above_the_best_ask) {
  meet({.fault = Fault::crossing});
  try {
    followed.read_all();
  } catch (const std::runtime_error&) {
    // A checksum of the true book tells, or the number that the frame has taken.
  }
  EXPECT_GT(followed.levels(Side::bid).at(0).first, followed.levels(Side::ask).at(0).first);
  const auto& truth = followed.exchange.book(0);
  EXPECT_LT(truth.levels(Side::bid, 1)[0].price, truth.levels(Side::ask, 1)[0].price);
}

TEST_P(AtVenue, a_duplicate_partial_changes_nothing) {
  meet({.fault = Fault::duplicate_partial});
  ASSERT_GE(followed.inbox.frames.size(), 2U);
  EXPECT_THAT(followed.inbox.frames[1], testing::ContainsRegex("partial|snapshot"));
  for (int i = 0; i < 100; ++i) followed.exchange.publish();
  followed.read_all();
  EXPECT_TRUE(followed.is_true());
}

TEST_P(AtVenue, an_empty_partial_leaves_nothing) {
  meet({.fault = Fault::empty_partial});
  followed.read(followed.inbox.frames.at(0));
  followed.read(followed.inbox.frames.at(1));
  EXPECT_TRUE(followed.levels(Side::bid).empty());
  EXPECT_TRUE(followed.levels(Side::ask).empty());
}

TEST_P(AtVenue, a_padded_frame_is_large_and_good) {
  meet({.fault = Fault::padded_frame, .size = 100'000});
  EXPECT_EQ(followed.inbox.frames.at(0).size(), 100'000U);
  followed.read_all();
  EXPECT_TRUE(followed.is_true());
}

TEST_P(AtVenue, silence_lasts_until_a_new_subscription) {
  followed.exchange.inject({.fault = Fault::silence});
  followed.inbox.frames.clear();
  for (int i = 0; i < 200; ++i) followed.exchange.publish();
  EXPECT_TRUE(followed.inbox.frames.empty());
  followed.subscribe_again();
  followed.until_something_comes();
  followed.read_all();
  EXPECT_TRUE(followed.is_true());
}

TEST_P(AtVenue, deltas_can_come_before_the_partial) {
  followed.exchange.inject({.fault = Fault::early_deltas, .count = 1});
  followed.subscribe_again();
  followed.inbox.frames.clear();
  while (followed.inbox.frames.size() < 5) followed.exchange.publish();
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(followed.inbox.frames[i], Not(testing::ContainsRegex("partial|snapshot")));
  EXPECT_THAT(followed.inbox.frames[3], testing::ContainsRegex("partial|snapshot"));
  followed.inbox.frames.erase(followed.inbox.frames.begin(), followed.inbox.frames.begin() + 3);
  followed.read_all();
  EXPECT_TRUE(followed.is_true());
}

TEST_P(AtVenue, a_fault_of_another_symbol_is_not_met) {
  EXPECT_EQ(followed.exchange.inject({.fault = Fault::silence, .symbol = "B"}), 0U);
  EXPECT_EQ(followed.exchange.inject({.fault = Fault::silence, .symbol = "C"}), 0U);
  for (int i = 0; i < 100; ++i) followed.exchange.publish();
  followed.read_all();
  EXPECT_TRUE(followed.is_true());
}

TEST_P(AtVenue, a_fault_is_of_one_receiver_if_one_is_named) {
  Inbox other;
  EXPECT_EQ(followed.exchange.inject({.fault = Fault::silence}, &other), 0U);
  EXPECT_EQ(followed.exchange.inject({.fault = Fault::silence}, &followed.inbox), 1U);
}

TEST_P(AtVenue, faults_that_are_armed_together_come_one_after_the_other) {
  followed.inbox.frames.clear();
  followed.exchange.inject({.fault = Fault::padded_frame, .size = 70'000});
  followed.exchange.inject({.fault = Fault::padded_frame, .size = 80'000});
  while (followed.inbox.frames.size() < 3) followed.exchange.publish();
  EXPECT_EQ(followed.inbox.frames[0].size(), 70'000U);
  EXPECT_EQ(followed.inbox.frames[1].size(), 80'000U);
  EXPECT_LT(followed.inbox.frames[2].size(), 60'000U);
}

/// Where the row has a frame of its own, that bears the number of the first frame that is lost.
TEST_P(AtVenue, a_loss_right_behind_a_row_of_no_book_can_be_seen) {
  for (const Fault loss : {Fault::lost_delta, Fault::out_of_order}) {
    followed.subscribe_again();
    for (int i = 0; i < 50; ++i) followed.exchange.publish();
    followed.read_all();
    followed.exchange.inject({.fault = Fault::unknown_delete, .symbol = "A"});
    followed.exchange.inject({.fault = loss, .symbol = "A"});
    int events = 0;
    while (!followed.meets_what_cannot_be() && ++events < 5'000) followed.exchange.publish();
    EXPECT_LT(events, 5'000) << to_string(loss);
  }
}

/// The snapshot has what was lost before it, so that shows no loss. It may be over by then.
TEST_P(AtVenue, what_is_lost_around_the_partial_is_in_it_or_can_be_seen) {
  const auto is_partial = [](const std::string& frame) {
    return frame.find("partial") != std::string::npos ||
           frame.find("snapshot") != std::string::npos;
  };
  auto& frames = followed.inbox.frames;
  for (int i = 0; i < 30; ++i) {
    followed.exchange.inject({.fault = Fault::early_deltas, .count = 1});
    followed.subscribe_again();
    frames.clear();
    followed.exchange.inject({.fault = Fault::lost_delta, .symbol = "A"});
    while (std::none_of(frames.begin(), frames.end(), is_partial)) followed.exchange.publish();
    frames.erase(frames.begin(), std::find_if(frames.begin(), frames.end(), is_partial));
    for (int event = 0; event < 300 && !followed.meets_what_cannot_be(); ++event)
      followed.exchange.publish();
  }
}

INSTANTIATE_TEST_SUITE_P(All, AtVenue,
                         testing::Values(Venue::bitmex, Venue::deribit, Venue::bybit_linear,
                                         Venue::okx, Venue::kraken, Venue::kraken_futures,
                                         Venue::coinbase),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

TEST(BookFaults, an_insert_of_a_known_id_has_another_price) {
  Followed followed{Venue::bitmex};
  followed.exchange.inject({.fault = Fault::moved_insert});
  followed.inbox.frames.clear();
  followed.until_something_comes();
  const auto row = nlohmann::json::parse(followed.inbox.frames.at(1)).at("data").at(0);
  EXPECT_THAT(followed.inbox.frames[1], HasSubstr(R"("action":"insert")"));
  const auto rows = followed.exchange.book(0).rows();
  const auto known = std::find_if(rows.begin(), rows.end(),
                                  [&](const Row& one) { return one.id == row.at("id"); });
  ASSERT_NE(known, rows.end());
  EXPECT_NE(known->price->value(), row.at("price").get<double>());
}

TEST(BookFaults, truth_counts_as_receivers_those_who_got_something) {
  Followed followed{Venue::deribit};
  std::vector<std::size_t> receivers;
  followed.exchange.observe([&](const Truth& truth) {
    if (truth.channel.symbol == "A") receivers.push_back(truth.receivers);
  });
  followed.exchange.inject({.fault = Fault::lost_delta, .symbol = "A"});
  while (receivers.size() < 2) followed.exchange.publish();
  EXPECT_EQ(receivers, (std::vector<std::size_t>{0, 1}));
}

}  // namespace

}  // namespace obkit::exchange
