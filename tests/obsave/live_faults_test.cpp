// How recordings fail in the field, and the tests which show that this one goes on. E: here,
// the fault of that name in EveryFault. By the numbers of the list of BitMEX's clients:
//
//  1 deltas before the partial      live_test: deltas_before_the_image_are_dropped; E early_deltas
//  2 update of a deleted id         only_the_symbol_that_is_lost_is_fetched_anew
//  3 unknown id kills the handler   the same; E unknown_update, unknown_delete
//  4 partial without rows           an_empty_image_is_no_book_and_no_end
//  5 ghost levels, delete misread   feed/bitmex_decoder_test (rows of all eras); all are compared
//  6 price computed from the id     feed/bitmex_decoder_test, real_captures_test
//  7 tables of ticks hard-coded     feed/bitmex_decoder_test (prices are those of the rows)
//  8 stale book after a reconnect   live_test: each_cut_is_a_gap_...; here E restart, cut, close
//  9 silent drift after hours       a_book_that_is_crossed_..., a_subscription_that_fell_silent_...
// 10 alive, but nothing comes       a_half_open_connection_..., a_subscription_that_fell_silent_...
// 11 server down, 502 with HTML     a_gateways_page_of_html_..., a_server_that_restarts_...
// 12 storms of 429                  a_rate_limit_is_waited_out_..., so_is_one_that_...
// 13 403                            a_ban_is_waited_out_for_minutes_and_then_tried_again
// 14 the text "pong" parsed         feed/bitmex_decoder_test
// 15 garbage, compressed frames     a_binary_message_is_no_frame; E garbage_bytes, garbage_text
// 16 ghost subscription, doubles    an_image_that_comes_twice_is_a_gap_and_right; E restart
// 17 a lag of seconds               metrics_test (the lag and what is unread are shown)
// 18 memory grows                   a_frame_of_20_MB_is_survived; the soak of tests/campaign
// 19 Aggregated or Primary          live_test: the_union_of_two_pools_...; store/manifest_test
// 20 linear look-up of a level      book/full_book_test (levels are found by id)
//
// and of Deribit's:
//
// too_many_requests, session ends   E too_many_requests
// books stale for hours             metrics_test; a_subscription_that_fell_silent_is_asked_for_anew
// subscribed twice                  E cut, restart (a subscription is of its connection)
// closed under an unaware client    a_half_open_..., heartbeats_are_answered_...
// a refusal that looks like quiet   an_instrument_that_deribit_leaves_out_ends_it
// a book without `type`             feed/deribit_test
// a gap in the chain                a_broken_chain_is_seen_and_mended_on_the_same_connection
#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

#include "live_recording.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using net::Disconnect;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class LiveFaults : public LiveRecording {
 protected:
  LiveFaults() {
    options_.sync = 20ms;        // ticks of 5 ms
    server_options_.speed = 50;  // some frames a tick: an answer is not behind all others
    patience_ = {.image = 200ms, .quiet = 60s, .first_retry = 5ms, .longest_retry = 50ms};
  }

  void record_books(std::uint64_t books) {
    options_.count = books;
    serve();
    record();
    EXPECT_EQ(output_.written.size(), books);
    expect_true_books();
  }

  [[nodiscard]] std::uint64_t connections() { return server_->statistics().connections; }

  [[nodiscard]] std::vector<Disconnect::Kind> kinds() const {
    std::vector<Disconnect::Kind> kinds;
    for (const Disconnect& one : witness_->disconnects) kinds.push_back(one.kind);
    return kinds;
  }
};

/// Each fault that the exchange can be made to have, of each venue.
class EveryFault : public LiveFaults,
                   public testing::WithParamInterface<std::tuple<Venue, Fault>> {};

TEST_P(EveryFault, leaves_only_true_books) {
  const auto [venue, fault] = GetParam();
  speak(venue);
  patience_.quiet = 200ms;
  shorten_ = [fault = fault](net::SessionOptions& options) {
    if (fault == Fault::half_open) options.silence = 100ms;
  };
  plan({.fault = fault, .time = 30ms, .retry_after = 0s, .size = 1U << 20U});
  if (exchange::reach_of(fault) == exchange::Reach::next_connections) plan({.fault = Fault::cut});
  if (fault == Fault::early_deltas) plan({.fault = Fault::unknown_delete});
  record_books(300);
  EXPECT_GE(server_->statistics().faults, 1U) << "it was not even there";
}

std::vector<std::tuple<Venue, Fault>> every_fault() {
  std::vector<std::tuple<Venue, Fault>> all;
  for (const Venue venue : exchange::venues()) {
    for (const Fault fault : exchange::faults_of(venue))
      if (venue != Venue::bitmex || fault != Fault::too_many_requests)  // it lasts a second: below
        all.emplace_back(venue, fault);
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Simulated, EveryFault, testing::ValuesIn(every_fault()),
                         [](const auto& one) {
                           return std::string{to_string(std::get<Venue>(one.param))} + "_" +
                                  std::string{to_string(std::get<Fault>(one.param))};
                         });

TEST_F(LiveFaults, only_the_symbol_that_is_lost_is_fetched_anew) {
  record_two_symbols();
  plan({.fault = Fault::unknown_update, .symbol = "XBTUSD"});
  record_books(400);
  EXPECT_EQ(gaps("XBTUSD"), 1U);
  EXPECT_EQ(gaps("ETHUSD"), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_EQ(recorder_->tally().losses, 1U);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("change of an unknown level (")));
}

TEST_F(LiveFaults, a_book_that_is_crossed_is_fetched_anew) {
  record_two_symbols();
  plan({.fault = Fault::crossing, .symbol = "ETHUSD"});
  record_books(400);
  EXPECT_EQ(gaps("XBTUSD"), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_THAT(gap_reasons(), ElementsAre("the best bid is not below the best ask"));
}

TEST_F(LiveFaults, a_known_level_that_moves_is_a_loss) {
  plan({.fault = Fault::moved_insert});
  record_books(200);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("known level with another side or price")));
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, a_book_that_is_lost_again_and_again_is_fetched_each_time) {
  for (std::uint64_t after = 50; after <= 250; after += 50)
    plan({.fault = Fault::unknown_delete}, after);
  record_books(400);
  EXPECT_GE(gaps(), 3U) << "one may hit a book that is lost already";
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, an_image_that_comes_twice_is_a_gap_and_right) {
  plan({.fault = Fault::duplicate_partial});
  record_books(200);
  EXPECT_THAT(gap_reasons(), ElementsAre("a new image"));
  EXPECT_EQ(recorder_->tally().losses, 0U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, an_empty_image_is_no_book_and_no_end) {
  plan({.fault = Fault::empty_partial});
  record_books(200);
  EXPECT_GE(recorder_->tally().thin, 1U);
  EXPECT_EQ(gaps(), 1U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, a_subscription_that_fell_silent_is_asked_for_anew) {
  record_two_symbols();
  patience_.quiet = 300ms;
  market_.rate = 8;
  plan({.fault = Fault::silence, .symbol = "XBTUSD"}, 20);
  record_books(600);
  EXPECT_EQ(gaps("XBTUSD"), 1U);
  EXPECT_EQ(gaps("ETHUSD"), 0U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, a_quiet_market_is_told_from_a_dead_connection) {
  patience_.quiet = 600ms;
  shorten_ = [](net::SessionOptions& options) { options.silence = 250ms; };
  plan({.fault = Fault::silence}, 20);
  record_books(100);
  EXPECT_EQ(connections(), 1U) << "pings were answered all the time";
  EXPECT_EQ(gaps(), 1U);
}

TEST_F(LiveFaults, a_half_open_connection_is_found_dead) {
  shorten_ = [](net::SessionOptions& options) { options.silence = 100ms; };
  plan({.fault = Fault::half_open});
  record_books(300);
  EXPECT_THAT(kinds(), Contains(Disconnect::Kind::dead));
  EXPECT_THAT(gap_reasons(), Contains("the connection is dead: no answer to a ping"));
  EXPECT_EQ(status_.disconnects.at("dead"), witness_->disconnects.size());
}

TEST_F(LiveFaults, a_connection_on_which_no_image_comes_is_given_up) {
  server_options_.partial_delay = 1h;
  options_.count = 1;
  stop_at_disconnect_ = true;
  serve();
  record();
  ASSERT_THAT(kinds(), ElementsAre(Disconnect::Kind::asked));
  EXPECT_EQ(witness_->disconnects.front().text, "no book of XBTUSD came");
}

TEST_F(LiveFaults, a_broken_chain_is_seen_and_mended_on_the_same_connection) {
  options_.symbols = {"1", "2"};
  speak(Venue::deribit);
  plan({.fault = Fault::lost_delta, .symbol = "BTC-PERPETUAL"}, 60);
  plan({.fault = Fault::out_of_order, .symbol = "BTC-PERPETUAL"}, 160);
  record_books(400);
  EXPECT_THAT(gap_reasons(),
              ElementsAre(HasSubstr("changes that do not follow the update before"),
                          HasSubstr("changes that do not follow the update before")));
  EXPECT_EQ(gaps("ETH-PERPETUAL"), 0U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, heartbeats_are_answered_before_the_exchange_gives_up) {
  speak(Venue::deribit);
  server_options_.heartbeat_second = 20ms;  // asked after 600 ms, given up 200 ms later
  server_options_.speed = 1;
  serve();
  record(900ms);
  EXPECT_GE(witness_->heartbeats, 1U);
  EXPECT_THAT(witness_->disconnects, testing::IsEmpty());
}

TEST_F(LiveFaults, an_instrument_that_deribit_leaves_out_ends_it) {
  speak(Venue::deribit);
  options_.symbols = {"BTC-PERPETUAL", "DOGE-PERPETUAL"};
  serve();
  try {
    record();
    FAIL();
  } catch (const NetworkError& error) {
    EXPECT_STREQ(error.what(), "the exchange refuses: no such instrument: DOGE-PERPETUAL");
  }
}

TEST_F(LiveFaults, a_rate_limit_is_waited_out_as_long_as_it_says) {
  serve();
  server_->inject({.fault = Fault::refuse_upgrade, .status = 429, .retry_after = 17s});
  stop_at_disconnect_ = true;
  record();
  ASSERT_THAT(kinds(), ElementsAre(Disconnect::Kind::upgrade));
  EXPECT_THAT(witness_->disconnects.front().text, HasSubstr("HTTP 429 Too Many Requests"));
  EXPECT_EQ(witness_->pauses.front(), 17s);
}

TEST_F(LiveFaults, so_is_one_that_comes_as_a_message) {
  plan({.fault = Fault::too_many_requests});
  stop_at_disconnect_ = true;
  serve();
  record();
  ASSERT_THAT(kinds(), ElementsAre(Disconnect::Kind::asked));
  EXPECT_THAT(witness_->disconnects.front().text, HasSubstr("Rate limit exceeded"));
  EXPECT_EQ(witness_->pauses.front(), 1s);
  expect_true_books();
}

TEST_F(LiveFaults, a_ban_is_waited_out_for_minutes_and_then_tried_again) {
  serve();
  server_->inject({.fault = Fault::refuse_upgrade, .status = 403});
  stop_at_disconnect_ = true;
  record();
  EXPECT_THAT(witness_->disconnects.front().text, HasSubstr("HTTP 403 Forbidden"));
  EXPECT_GE(witness_->pauses.front(), 5min);

  stop_at_disconnect_ = false;
  shorten_ = [](net::SessionOptions& options) { options.forbidden_pause = 1ms; };
  server_->inject({.fault = Fault::refuse_upgrade, .count = 3, .status = 403});
  options_.count = 1;
  record();
  EXPECT_EQ(witness_->disconnects.size(), 3U);
  EXPECT_EQ(books(), 1U);
}

TEST_F(LiveFaults, a_gateways_page_of_html_is_tried_again) {
  serve();
  server_->inject({.fault = Fault::refuse_upgrade, .count = 2, .status = 502});
  options_.count = 1;
  record();
  EXPECT_THAT(kinds(), ElementsAre(Disconnect::Kind::upgrade, Disconnect::Kind::upgrade));
  EXPECT_THAT(witness_->disconnects.front().text, HasSubstr("HTTP 502 Bad Gateway"));
  EXPECT_EQ(books(), 1U);
}

TEST_F(LiveFaults, a_certificate_that_expired_will_be_renewed_by_somebody) {
  serve();
  server_->inject({.fault = Fault::expired_certificate, .count = 2});
  options_.count = 1;
  record();
  EXPECT_THAT(kinds(), Each(Disconnect::Kind::tls));
  EXPECT_EQ(witness_->disconnects.size(), 2U);
  EXPECT_THAT(witness_->disconnects.front().text, HasSubstr("expired"));
  EXPECT_EQ(books(), 1U);
}

TEST_F(LiveFaults, an_unknown_issuer_ends_it_before_the_first_book_and_never_later) {
  serve();
  server_->inject({.fault = Fault::unknown_issuer});
  EXPECT_THROW(record(), NetworkError);

  server_options_.plan.clear();
  plan({.fault = Fault::unknown_issuer, .count = 2});
  plan({.fault = Fault::cut});
  record_books(200);
  EXPECT_THAT(kinds(), ElementsAre(Disconnect::Kind::cut, Disconnect::Kind::certificate,
                                   Disconnect::Kind::certificate));
}

TEST_F(LiveFaults, a_server_that_restarts_is_found_again) {
  plan({.fault = Fault::restart, .time = 50ms});
  record_books(300);
  EXPECT_EQ(kinds().front(), Disconnect::Kind::cut);
  EXPECT_EQ(kinds().back(), Disconnect::Kind::connect) << "nobody listened for a while";
  EXPECT_EQ(gaps(), 1U);
}

TEST_F(LiveFaults, a_close_is_told_with_its_code_and_reason) {
  plan({.fault = Fault::close, .code = 4000, .reason = "heartbeat close"});
  record_books(200);
  EXPECT_THAT(gap_reasons(),
              ElementsAre("the exchange closed the connection, code 4000: heartbeat close"));
}

TEST_F(LiveFaults, a_frame_of_20_MB_is_survived) {
  plan({.fault = Fault::large_message});
  plan({.fault = Fault::padded_frame}, 120);
  record_books(200);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_GT(recorder_->tally().bytes, 40U << 20U);
}

TEST_F(LiveFaults, a_binary_message_is_no_frame) {
  plan({.fault = Fault::binary_message});
  record_books(200);
  EXPECT_EQ(recorder_->tally().malformed, 1U);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("a frame is not understood")));
  EXPECT_THAT(kinds(), ElementsAre(Disconnect::Kind::asked));
}

TEST_F(LiveFaults, errors_that_pass_cost_a_connection_and_not_the_recording) {
  plan({.fault = Fault::maintenance});
  record_books(200);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("the exchange refuses: ")));
  EXPECT_THAT(gap_reasons(), Not(Contains(HasSubstr("malformed"))));
}

}  // namespace
}  // namespace obkit::obsave
