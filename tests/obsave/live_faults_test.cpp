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
//                                   and live_witness_test
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
//
// and of Bybit's:
//
// depth 500 gone, symbols unknown   a_symbol_that_bybit_does_not_have_...
// silence is cut, pongs are JSON    exchanges_that_cut_who_says_nothing_are_pinged
// books before the acknowledgement  every recording of it; feed/bybit_test
// a gap in the numbers              a_hole_in_the_numbers_of_bybit_...; E lost_delta, out_of_order
//
// and of OKX's and Kraken's:
//
// a gap left the book "valid"       a_hole_in_the_chain_of_okx_...; E lost_delta, out_of_order
// numbers begin anew                every recording of OKX; exchange/okx_test
// a notice before the end           E maintenance; feed/okx_test
// levels beyond the window kept     every recording of Kraken
// a precision that kills all books  feed/kraken_test
// a checksum of another book        a_book_that_has_not_krakens_checksum_...; E crossing
//
// and of Coinbase's:
//
// a frame lost, whatever it is      a_hole_in_the_numbers_of_coinbase_...; E lost_delta
// quiet subscriptions are closed    coinbases_heartbeats_keep_a_connection
// snapshots of megabytes            real_captures_test; a_frame_of_20_MB_is_survived
// one bad product fails all         a_product_that_coinbase_does_not_have_costs_no_other
// a book by another name            what_coinbase_trades_in_usdc_is_the_book_of_usd
//
// Those of Binance's, whose books come by HTTP: live_binance_test.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <sys/prctl.h>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/input.hpp"

#include "live_recording.hpp"
#include "log_watch.hpp"
#include "obsave/captures.hpp"
#include "support/test_name.hpp"

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
    patience_ = {.image = 10s, .quiet = 60s, .first_retry = 5ms, .longest_retry = 50ms};
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
  follows_connections_ = fault == Fault::maintenance;  // where it is announced
  shorten_ = [fault = fault](net::SessionOptions& options) {
    if (fault == Fault::half_open) options.silence = 100ms;
  };
  plan({.fault = fault, .time = 30ms, .retry_after = 0s, .size = 1U << 20U});
  if (exchange::reach_of(fault) == exchange::Reach::next_connections) plan({.fault = Fault::cut});
  if (fault == Fault::early_deltas) plan({.fault = Fault::unknown_delete});
  if (exchange::reach_of(fault) == exchange::Reach::next_answers)
    plan({.fault = Fault::lost_delta});
  const bool is_of_clocks = fault == Fault::clock_ahead || fault == Fault::clock_behind;
  // The snapshots of spot bear no time: that of their receipt stands in.
  if (is_of_clocks || venue == Venue::binance_spot)
    market_clock_ = [](Timestamp market) { return market; };
  record_books(300);
  if (is_of_clocks) {
    EXPECT_EQ(recorder_->tally().unbelieved, 1U);
    EXPECT_EQ(gaps(), 0U) << "the frame itself is good";
  }
  for (const auto& one : output_.written) {
    const Timestamp time = to_timestamp(one.book.time).value();
    EXPECT_LT(std::chrono::abs(time - market_.start), 1h) << format_iso(time);
  }
  EXPECT_GE(server_->statistics().faults, 1U) << "it was not even there";
}

std::vector<std::tuple<Venue, Fault>> every_fault() {
  std::vector<std::tuple<Venue, Fault>> all;
  for (const Venue venue : exchange::venues()) {
    // Those differ from the linear stream in their address and what acknowledges.
    if (venue == Venue::bybit_spot || venue == Venue::bybit_inverse) continue;
    if (venue == Venue::binance_coinm) continue;  // likewise, from USD-M
    for (const Fault fault : exchange::faults_of(venue))
      if (venue != Venue::bitmex || fault != Fault::too_many_requests)  // it lasts a second: below
        all.emplace_back(venue, fault);
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Simulated, EveryFault, testing::ValuesIn(every_fault()),
                         [](const auto& one) {
                           return test_name(std::string{to_string(std::get<Venue>(one.param))} +
                                            "_" +
                                            std::string{to_string(std::get<Fault>(one.param))});
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

TEST_F(LiveFaults, losses_without_end_are_a_few_lines_of_log) {
  const LogWatch log;
  patience_.image = 60s;
  for (std::uint64_t after = 5; after < 10'000; after += 5)
    plan({.fault = Fault::unknown_delete}, after);
  record_books(150);
  EXPECT_GT(recorder_->tally().losses, 12U);
  EXPECT_EQ(connections(), 1U);
  live_.reset();  // which says the rest
  const std::string text = log.text();
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_THAT(text, HasSubstr(" more lost books within a minute\n"));
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
  patience_.quiet = 1100ms;
  market_.rate = 8;
  plan({.fault = Fault::silence, .symbol = "XBTUSD"}, 20);
  record_books(600);
  EXPECT_EQ(gaps("XBTUSD"), 1U);
  EXPECT_EQ(gaps("ETHUSD"), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_THAT(gap_reasons(), ElementsAre("silent for 1 s"));
  EXPECT_GE(recorder_->symbol_tallies().at("XBTUSD").counts.losses, 1U);
}

TEST_F(LiveFaults, a_quiet_market_is_told_from_a_dead_connection) {
  patience_.quiet = 2500ms;
  shorten_ = [](net::SessionOptions& options) { options.silence = 1s; };
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

TEST_F(LiveFaults, a_hole_in_the_numbers_of_bybit_is_mended_on_the_same_connection) {
  options_.symbols = {"1", "2"};
  speak(Venue::bybit_linear);
  plan({.fault = Fault::lost_delta, .symbol = "BTC-PERPETUAL"}, 60);
  plan({.fault = Fault::out_of_order, .symbol = "BTC-PERPETUAL"}, 160);
  record_books(400);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("what lies between is missing"),
                                         HasSubstr("what lies between is missing")));
  EXPECT_EQ(gaps("ETH-PERPETUAL"), 0U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, a_hole_in_the_chain_of_okx_is_mended_on_the_same_connection) {
  options_.symbols = {"1", "2"};
  speak(Venue::okx);
  plan({.fault = Fault::lost_delta, .symbol = options_.symbols[0]}, 60);
  plan({.fault = Fault::out_of_order, .symbol = options_.symbols[0]}, 160);
  record_books(400);
  EXPECT_THAT(gap_reasons(),
              ElementsAre(HasSubstr("changes that follow "), HasSubstr("changes that follow ")));
  EXPECT_EQ(gaps(options_.symbols[1]), 0U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, a_book_that_has_not_krakens_checksum_is_fetched_anew) {
  options_.symbols = {"1", "2"};
  speak(Venue::kraken);
  plan({.fault = Fault::lost_delta, .symbol = "BTC/USD"}, 60);
  plan({.fault = Fault::out_of_order, .symbol = "BTC/USD"}, 160);
  record_books(400);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("checksum of another book"),
                                         HasSubstr("checksum of another book")));
  EXPECT_EQ(gaps("ETH/USD"), 0U);
  EXPECT_EQ(connections(), 1U);
}

TEST_F(LiveFaults, exchanges_that_cut_who_says_nothing_are_pinged) {
  // Which makes the silence that they bear 600 ms.
  const std::vector<std::pair<Venue, std::chrono::milliseconds>> seconds{
      {Venue::bybit_spot, 1ms},
      {Venue::bybit_inverse, 1ms},
      {Venue::okx, 20ms},
      {Venue::kraken, 10ms}};
  for (const auto& [venue, second] : seconds) {
    speak(venue);
    server_options_.heartbeat_second = second;
    server_options_.speed = 1;
    shorten_ = [](net::SessionOptions& options) { options.keepalive->every = 100ms; };
    output_.written.clear();
    serve();
    record(1s);
    EXPECT_GT(books(), 3U);
    EXPECT_EQ(gaps(), 0U);
    EXPECT_THAT(witness_->disconnects, testing::IsEmpty());
    expect_true_books();
  }
}

class UnknownSymbol : public LiveFaults, public testing::WithParamInterface<Venue> {};

TEST_P(UnknownSymbol, costs_no_other) {
  speak(GetParam());
  const std::string known = options_.symbols[0];
  const std::string unknown = GetParam() == Venue::kraken ? "NO/PE" : "NOPE";
  options_.symbols = {unknown, known};
  options_.count = 100;
  serve();
  const LogWatch log;
  record();
  EXPECT_EQ(books(known), 100U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_THAT(log.text(), HasSubstr("the exchange refuses: "));
  EXPECT_THAT(log.text(), HasSubstr(unknown));
}

TEST_P(UnknownSymbol, alone_ends_it) {
  speak(GetParam());
  options_.symbols = {GetParam() == Venue::kraken ? "NO/PE" : "NOPE"};
  serve();
  EXPECT_THROW(record(), NetworkError);
}

INSTANTIATE_TEST_SUITE_P(Simulated, UnknownSymbol,
                         testing::Values(Venue::okx, Venue::kraken, Venue::kraken_futures),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

TEST_F(LiveFaults, a_symbol_that_bybit_does_not_have_costs_no_other) {
  speak(Venue::bybit_linear);
  options_.symbols = {"NOPEUSDT", "BTC-PERPETUAL"};
  options_.count = 100;
  serve();
  LogWatch log;
  record();
  EXPECT_EQ(books("BTC-PERPETUAL"), 100U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_THAT(log.text(), HasSubstr("the exchange refuses: no such symbol: NOPEUSDT"));
}

TEST_F(LiveFaults, symbols_none_of_which_bybit_has_end_it) {
  speak(Venue::bybit_linear);
  options_.symbols = {"NOPEUSDT", "NADAUSDT"};
  serve();
  EXPECT_THROW(record(), NetworkError);
}

TEST_F(LiveFaults, a_hole_in_the_numbers_of_coinbase_costs_all_books_of_the_connection) {
  options_.symbols = {"1", "2"};
  speak(Venue::coinbase);
  const std::string first = options_.symbols[0], second = options_.symbols[1];
  plan({.fault = Fault::lost_delta, .symbol = first}, 60);
  record_books(300);
  EXPECT_EQ(gaps(first), 1U);
  EXPECT_EQ(gaps(second), 1U);
  EXPECT_EQ(connections(), 2U);
  EXPECT_THAT(gap_reasons(), Each(HasSubstr("what lies between is missing")));
  EXPECT_EQ(recorder_->tally().losses, 2U);
}

TEST_F(LiveFaults, coinbases_heartbeats_keep_a_connection) {
  speak(Venue::coinbase);
  server_options_.heartbeat_second = 5ms;  // who wants none is cut after 450 ms
  server_options_.speed = 1;
  serve();
  record(1s);
  EXPECT_GT(books(), 3U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_THAT(witness_->disconnects, testing::IsEmpty());
  EXPECT_GT(recorder_->tally().frames, 3 * books()) << "most of them are heartbeats";
  expect_true_books();
}

TEST_F(LiveFaults, a_product_that_coinbase_does_not_have_costs_no_other) {
  speak(Venue::coinbase);
  const std::string known = options_.symbols[0];
  options_.symbols = {"NOPE-USD", known, "NADA-USD"};
  options_.count = 100;
  serve();
  const LogWatch log;
  record();
  EXPECT_EQ(books(known), 100U);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_THAT(log.text(), HasSubstr("the exchange refuses: no such product: NOPE-USD"));
  EXPECT_THAT(log.text(), HasSubstr("the exchange refuses: no such product: NADA-USD"));
}

TEST_F(LiveFaults, products_none_of_which_coinbase_has_end_it) {
  speak(Venue::coinbase);
  options_.symbols = {"NOPE-USD", "NADA-USD"};
  serve();
  EXPECT_THROW(record(), NetworkError);
}

/// The channel of trades of futures stands in no document.
TEST_F(LiveFaults, trades_that_never_come_are_told_once) {
  speak(Venue::binance_coinm);
  alter_ = [](std::string& text) {
    constexpr std::string_view event = R"("e":"trade")";
    if (const auto at = text.find(event); at != std::string::npos)
      text.replace(at, event.size(), R"("e":"other")");
  };
  const LogWatch log;
  TradeOutput trades{{.folder = scratch_ / "trades", .symbol = {}},
                     TradeOutput::OnTrouble::pass_on};
  trade_output_ = &trades;
  tradeless_ = 1ms;
  record_books(300);
  EXPECT_EQ(trades_->tally().trades, 0U);
  const std::string text = log.text(), told = "no trade of " + options_.symbols.front() + " came ";
  EXPECT_THAT(text, HasSubstr(told));
  EXPECT_EQ(text.find(told), text.rfind(told));
}

TEST_F(LiveFaults, what_coinbase_trades_in_usdc_is_the_book_of_usd) {
  speak(Venue::coinbase);
  market_.symbols = {"BTC-USD"};
  options_.symbols = {"BTC-USDC"};
  options_.count = 100;
  serve();
  record();
  EXPECT_EQ(books("BTC-USDC"), 100U);
  EXPECT_EQ(gaps(), 0U);
  truth_["BTC-USDC"] = truth_["BTC-USD"];
  expect_true_books();
}

/// Each has the numbers of all frames, so it replays alone.
TEST_F(LiveFaults, captures_of_two_products_of_coinbase_replay_to_the_same_books) {
  options_.symbols = {"1", "2"};
  speak(Venue::coinbase);
  plan({.fault = Fault::lost_delta, .symbol = options_.symbols[0]}, 60);
  const std::string folder = scratch_ / "captures";
  market_.start = parse_iso("2026-01-02T12:00:00Z").value();
  market_clock_ = [](Timestamp market) { return market; };
  {
    Captures captures{{.folder = folder, .symbol = {}, .lock_holder = {}}, options_.symbols};
    captures_ = &captures;
    record_books(200);
    captures.close();
  }
  expect_captures_replay_to_the_same_books(folder, "20260102");
}

/// Puts a 9 before the size of the n-th bid.
void spoil_size(std::string& text, int n) {
  std::size_t at = text.find(R"("bids":[)");
  for (int i = 0; i < n; ++i) at = text.find("[\"", at + 1);
  const std::size_t price = text.find(',', at) + 1;
  text.insert(text.find(',', price) + 1, "9");
}

TEST_F(LiveFaults, a_book_that_is_another_without_a_sign_is_found_by_a_snapshot) {
  speak(Venue::deribit);
  server_options_.speed = 1;  // a change each 100 ms: an answer comes before the next
  patience_.check = patience_.check_pace = 20ms;
  bool is_spoiled = false;
  alter_ = [&](std::string& text) {
    if (recorder_->tally().agreed >= 3) witness_->stop_after_frames = 1;
    if (is_spoiled || text.find(R"("type":"snapshot")") == std::string::npos) return;
    is_spoiled = true;
    spoil_size(text, 45);
  };
  serve();
  record(10min);
  EXPECT_GE(recorder_->tally().agreed, 3U);
  EXPECT_EQ(recorder_->tally().checks, recorder_->tally().agreed + 1);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("a snapshot of the exchange has other levels")));
  EXPECT_EQ(connections(), 1U);
  const auto gap = std::find_if(output_.written.begin(), output_.written.end(),
                                [](const auto& written) { return written.book.gap; });
  output_.written.erase(output_.written.begin(), gap);  // nobody can know them wrong
  expect_true_books();
}

TEST_F(LiveFaults, no_snapshot_is_asked_for_where_nobody_wants_it) {
  speak(Venue::deribit);
  server_options_.speed = 1;
  patience_.check = patience_.check_pace = 5ms;
  options_.verify_live = false;
  stop_after_frames_ = 10;
  serve();
  record(10min);
  EXPECT_EQ(recorder_->tally().checks, 0U);
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
  EXPECT_GE(witness_->pauses.front(), 17s);
  EXPECT_LE(witness_->pauses.front(), 18700ms);
}

TEST_F(LiveFaults, so_is_one_that_comes_as_a_message) {
  plan({.fault = Fault::too_many_requests});
  stop_at_disconnect_ = true;
  serve();
  record();
  ASSERT_THAT(kinds(), ElementsAre(Disconnect::Kind::asked));
  EXPECT_THAT(witness_->disconnects.front().text, HasSubstr("Rate limit exceeded"));
  EXPECT_GE(witness_->pauses.front(), 1s);
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

TEST_F(LiveFaults, errors_without_end_are_a_few_lines_of_log) {
  const LogWatch log;
  plan({.fault = Fault::errors, .count = 3'000, .reason = "no such thing"});
  record_books(200);
  EXPECT_EQ(gaps(), 0U);
  live_.reset();  // which says the rest
  const std::string text = log.text();
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_THAT(text, HasSubstr("warning: 2990 more refusals within a minute\n"));
}

/// 100,000 symbols in one message took eleven seconds, 300,000 minutes.
TEST_F(LiveFaults, symbols_that_nobody_asked_for_are_passed_over) {
  plan({.fault = Fault::strangers, .count = 100'000});
  record_books(200);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(recorder_->symbol_tallies().size(), 1U);
}

TEST_F(LiveFaults, a_load_balancers_404_is_told_and_passes) {
  const LogWatch log;
  options_.count = 10;
  serve();
  server_->inject({.fault = Fault::refuse_upgrade, .count = 2, .status = 404});
  record();
  EXPECT_EQ(books(), 10U);
  EXPECT_THAT(log.text(), HasSubstr("error: localhost:"));
  EXPECT_THAT(log.text(), HasSubstr("refused the upgrade: HTTP 404 Not Found; next attempt in "));
}

/// Wherever the exchange repeats what a client signed with.
TEST_F(LiveFaults, a_key_and_its_signature_are_seen_nowhere) {
  const std::string key = "LAqUlngMIQkIUjXMUreyu3qn", secret = "chNOOS4KvNXR_Xq4k4c9qsfo";
  ::setenv(key_variable, key.c_str(), 1);        // NOLINT(concurrency-mt-unsafe)
  ::setenv(secret_variable, secret.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  const LogWatch log;
  server_options_.credentials = {key, secret};
  server_options_.auth_ack = exchange::AuthAck::echo;
  const std::string echo = "{key} {signature}";
  plan({.fault = Fault::errors, .reason = echo});
  plan({.fault = Fault::refuse_upgrade, .status = 502, .reason = echo}, 110);
  plan({.fault = Fault::close, .code = 4000, .reason = echo}, 110);
  Captures captures{
      {.folder = scratch_ / "captures", .symbol = {}, .lock_holder = {}},
      options_.symbols.empty() ? std::vector<std::string>{"XBTUSD"} : options_.symbols};
  captures_ = &captures;
  record_books(200);
  captures.close();
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0) << "a core dump would have them";
  ::prctl(PR_SET_DUMPABLE, 1);
  ::unsetenv(key_variable);     // NOLINT(concurrency-mt-unsafe)
  ::unsetenv(secret_variable);  // NOLINT(concurrency-mt-unsafe)
  std::string seen = log.text();
  for (const std::string& reason : gap_reasons()) seen += reason + "\n";
  for (const auto& file : std::filesystem::directory_iterator{scratch_ / "captures"}) {
    if (file.path().extension() != ".zst") continue;
    store::CaptureReader reader{store::open_input(file.path()), "capture"};
    while (const auto line = reader.next()) seen += std::string{line->frame} + "\n";
  }
  const std::string stars = std::string(24, '*') + " " + std::string(64, '*');
  EXPECT_THAT(seen, HasSubstr("warning: the exchange refuses: " + stars));
  EXPECT_THAT(seen, HasSubstr("HTTP 502 " + stars));
  EXPECT_THAT(gap_reasons(), Contains(HasSubstr("code 4000: " + stars)));
  EXPECT_THAT(seen, HasSubstr("\"error\":\"" + stars)) << "the capture has the frame";
  EXPECT_THAT(seen, Not(HasSubstr(key)));
  EXPECT_FALSE(std::regex_search(seen, std::regex{"[0-9a-f]{64}"})) << "the signature";
}

TEST_F(LiveFaults, a_frame_of_20_MB_is_survived) {
  plan({.fault = Fault::large_message});
  plan({.fault = Fault::padded_frame}, 120);
  record_books(200);
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(connections(), 1U);
  EXPECT_GT(recorder_->tally().bytes, 40U << 20U);
}

TEST_F(LiveFaults, a_message_that_is_too_long_is_called_so) {
  shorten_ = [](net::SessionOptions& options) { options.read_message_max = 1U << 20U; };
  plan({.fault = Fault::padded_frame, .size = 4U << 20U});
  record_books(200);
  EXPECT_THAT(gap_reasons(), ElementsAre(HasSubstr("a message of more than 1 MiB")));
  EXPECT_THAT(kinds(), ElementsAre(Disconnect::Kind::protocol));
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
