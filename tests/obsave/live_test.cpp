#include "obsave/live/live.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"
#include "obkit/feed/venue.hpp"

#include "live_recording.hpp"
#include "log_watch.hpp"
#include "obsave/live/image_watch.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using LiveTest = LiveRecording;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(LiveTest, every_book_is_the_exchanges_truth) {
  options_.count = 2000;
  serve();
  record();
  EXPECT_EQ(books(), 2000U);
  EXPECT_EQ(gaps(), 0U);
  expect_true_books();
  EXPECT_EQ(output_.written.front().book.time.date, 20260101);
  EXPECT_EQ(output_.written.back().book.time.date, 20260102) << "the market's clock, not today's";
  EXPECT_EQ(live_->upkeep().reconnects(), 0U);
}

TEST_F(LiveTest, the_union_of_two_pools_is_summed_per_price) {
  options_.count = 500;
  options_.pool = "Aggregated";
  options_.pool_was_given = true;
  serve();
  record();
  expect_true_books();
}

TEST_F(LiveTest, each_cut_is_a_gap_and_no_book_is_wrong) {
  options_.count = 1000;
  server_options_.drop_after = {200, 1, 300};
  serve();
  record();
  EXPECT_EQ(books(), 1000U);
  EXPECT_EQ(live_->upkeep().reconnects(), 3U);
  EXPECT_EQ(gaps(), 3U);
  expect_true_books();
}

TEST_F(LiveTest, deltas_before_the_image_are_dropped) {
  options_.count = 200;
  server_options_.speed = 1;
  server_options_.early_deltas = exchange::EarlyDeltas::send;
  server_options_.partial_delay = 100ms;
  market_.rate = 500;
  serve();
  record();
  EXPECT_GT(recorder_->tally().dropped, 0U);
  EXPECT_EQ(gaps(), 0U);
  ASSERT_EQ(books(), 200U);
  expect_true_books();
}

TEST_F(LiveTest, several_symbols_share_a_connection) {
  market_.symbols = {"XBTUSD", "ETHUSD"};
  options_.symbols = {"XBTUSD", "ETHUSD"};
  options_.count = 400;
  serve();
  record();
  EXPECT_GT(books("XBTUSD"), 0U);
  EXPECT_GT(books("ETHUSD"), 0U);
  expect_true_books();
}

TEST_F(LiveTest, an_unknown_symbol_ends_it_with_the_exchanges_words) {
  options_.symbols = {"NOSUCH"};
  serve();
  try {
    record();
    FAIL();
  } catch (const NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the exchange refuses: Unknown"));
    EXPECT_THAT(error.what(), HasSubstr("(400)"));
  }
}

TEST_F(LiveTest, a_certificate_that_is_refused_ends_it) {
  server_options_.certificate.host = "exchange.example";
  serve();
  EXPECT_THROW(record(), NetworkError);
  EXPECT_THROW(live_->upkeep().check_reached(), NetworkError);
}

TEST_F(LiveTest, credentials_that_are_refused_end_it) {
  server_options_.credentials = {"key", "secret"};
  serve();
  const std::filesystem::path file = scratch_ / "credentials";
  std::ofstream{file} << "key\nwrong\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  options_.credentials = file.string();
  try {
    record();
    FAIL();
  } catch (const NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr("HTTP 401"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("wrong")));
  }
}

TEST_F(LiveTest, credentials_that_hold_are_used) {
  server_options_.credentials = {"key", "secret"};
  options_.count = 1;
  serve();
  const std::filesystem::path file = scratch_ / "credentials";
  std::ofstream{file} << "key\nsecret\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  options_.credentials = file.string();
  record();
  EXPECT_EQ(books(), 1U);
}

TEST_F(LiveTest, a_gateway_that_is_down_is_tried_again) {
  options_.count = 1;
  serve();
  server_->inject(
      {.fault = exchange::Fault::refuse_upgrade, .count = 3, .status = 503, .retry_after = 0s});
  record();
  EXPECT_EQ(books(), 1U);
}

/// Feeds the observer by hand: what the simulated exchange never says.
class LivePolicyTest : public testing::Test {
 protected:
  static Options options_of_bitmex() {
    Options options;
    options.out = "-";
    options.venue = feed::find_venue("bitmex");
    complete(options);
    return options;
  }
  net::Next say(const std::string& text) { return live_.on_frame(text, Timestamp{}); }
  void see_image() {
    static_cast<void>(say(
        R"({"table":"orderBookL2","action":"partial","filter":{"symbol":"XBTUSD"},"data":[]})"));
  }
  static net::Disconnect status(int http_status) {
    return {.kind = net::Disconnect::Kind::upgrade, .text = "refused", .http_status = http_status};
  }

  Options options_ = options_of_bitmex();
  MemoryOutput output_;
  Recorder recorder_{{}, output_};
  Live live_{options_,
             {.make_protocol =
                  [] {
                    return feed::find_venue("bitmex")->make_protocol({{"XBTUSD"}, "Primary"});
                  },
              .recorder = recorder_,
              .output = output_}};
};

TEST_F(LivePolicyTest, what_only_a_person_can_mend_ends_it_before_the_first_book) {
  for (const int final_status : {301, 400, 401})
    EXPECT_THROW(static_cast<void>(live_.on_disconnect(status(final_status), 1s)), NetworkError)
        << final_status;
  for (const int passing : {0, 403, 404, 408, 429, 500, 502, 503})
    EXPECT_EQ(live_.on_disconnect(status(passing), 1s), net::Next::Step::read_on) << passing;
  see_image();
  EXPECT_EQ(live_.on_disconnect(status(401), 1s), net::Next::Step::read_on);
  EXPECT_EQ(live_.on_disconnect({.kind = net::Disconnect::Kind::certificate}, 1s),
            net::Next::Step::read_on);
}

TEST_F(LivePolicyTest, a_rate_limit_is_waited_for) {
  const auto next = say(R"({"status":429,"error":"Rate limit exceeded","meta":{"retryAfter":7}})");
  EXPECT_EQ(next.step, net::Next::Step::reconnect);
  EXPECT_EQ(next.retry_after, 7s);
}

TEST_F(LivePolicyTest, a_lost_book_is_asked_for_anew_at_once_and_then_after_pauses) {
  static_cast<void>(live_.on_open());
  see_image();
  const std::string unknown =
      R"({"table":"orderBookL2","action":"delete","data":[{"symbol":"XBTUSD","id":9,"side":"Buy"}]})";
  const auto next = say(unknown);
  EXPECT_EQ(next.step, net::Next::Step::read_on);
  EXPECT_THAT(next.send,
              testing::ElementsAre(
                  feed::Request{R"({"op":"unsubscribe","args":["orderBookL2:XBTUSD:Primary"]})"},
                  feed::Request{R"({"op":"subscribe","args":["orderBookL2:XBTUSD:Primary"]})"}));
  EXPECT_THAT(say(unknown).send, testing::IsEmpty()) << "it is lost already";
  see_image();
  EXPECT_THAT(say(unknown).send, testing::IsEmpty()) << "a second time it waits";
  EXPECT_EQ(recorder_.tally().losses, 2U);
}

TEST_F(LivePolicyTest, garbage_asks_for_a_new_connection) {
  see_image();
  EXPECT_EQ(say("garbage").step, net::Next::Step::reconnect);
}

TEST_F(LivePolicyTest, a_server_that_closes_at_the_end_of_an_archive_is_done) {
  options_.url = "ws://replay.example/realtime";
  net::Disconnect end{.kind = net::Disconnect::Kind::closed, .text = "closed", .close_code = 1000};
  EXPECT_EQ(live_.on_disconnect(end, 1s), net::Next::Step::read_on) << "nothing came yet";
  const auto image_at = [&](const char* time, Timestamp received) {
    static_cast<void>(live_.on_frame(
        std::string{
            R"({"table":"orderBookL2","action":"partial","data":[{"symbol":"XBTUSD","id":1,"side":"Buy","size":1,"price":1,"timestamp":")"} +
            time + R"("}]})",
        received));
  };
  const Timestamp now = parse_iso("2026-11-23T00:00:00Z").value();
  image_at("2026-11-23T00:00:00.000Z", now);
  EXPECT_EQ(live_.on_disconnect(end, 1s), net::Next::Step::read_on) << "a living exchange";
  image_at("2021-07-22T22:36:10.431Z", now);
  EXPECT_EQ(live_.on_disconnect({.kind = net::Disconnect::Kind::cut}, 1s),
            net::Next::Step::read_on);
  EXPECT_EQ(live_.on_disconnect(end, 1s), net::Next::Step::stop);
}

TEST_F(LivePolicyTest, a_refusal_after_the_first_book_leaves_the_rest_running) {
  see_image();
  EXPECT_EQ(say(R"({"status":400,"error":"Unknown or expired symbol."})").step,
            net::Next::Step::read_on);
}

TEST_F(LivePolicyTest, a_symbol_that_cannot_be_held_exactly_is_refused_at_the_start) {
  const auto partial = [](const std::string& symbol, const std::string& bid) {
    return R"({"table":"orderBookL2","action":"partial","data":[{"symbol":")" + symbol +
           R"(","id":1,"side":"Buy","size":1,"price":)" + bid + R"(},{"symbol":")" + symbol +
           R"(","id":2,"side":"Sell","size":1,"price":2}]})";
  };
  options_.symbols = {"A", "B"};
  const auto record = [&](Recorder& recorder) {
    return std::make_unique<Live>(
        options_,
        Live::Parts{.make_protocol = [] { return feed::find_venue("bitmex")->make_protocol({}); },
                    .recorder = recorder,
                    .output = output_});
  };
  const auto ends_with = [&](Live& live, const std::string& text) -> std::string {
    try {
      static_cast<void>(live.on_frame(text, Timestamp{}));
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  Recorder none{{.symbols = options_.symbols, .depth = 2}, output_};
  const auto first = record(none);
  static_cast<void>(first->on_open());
  EXPECT_EQ(ends_with(*first, partial("A", "0.0000000001")), "") << "B may be recorded";
  EXPECT_EQ(ends_with(*first, partial("B", "1e10")),
            "--symbol: B cannot be recorded exactly: it has a price of more than nine decimals, or "
            "beyond ±4611686018 (1e10)");
  Recorder one{{.symbols = options_.symbols, .depth = 2}, output_};
  const auto second = record(one);
  static_cast<void>(second->on_open());
  EXPECT_EQ(ends_with(*second, partial("A", "1")), "");
  EXPECT_EQ(ends_with(*second, partial("B", "1e10")), "") << "A is recorded";
  EXPECT_EQ(ends_with(*second, partial("A", "0.0000000001")), "") << "it had a book";
  EXPECT_THAT(second->on_tick({.is_connected = true}).send, testing::SizeIs(testing::Le(1U)));
  EXPECT_EQ(output_.written.size(), 1U);
}

TEST_F(LivePolicyTest, what_a_connection_missed_that_no_longer_answered_at_the_end_is_declared) {
  options_.symbols = {"X"};
  Recorder recorder{{.symbols = {}, .depth = 2}, output_};
  Live live{options_,
            {.make_protocol = [] { return feed::find_venue("bitmex")->make_protocol({}); },
             .recorder = recorder,
             .output = output_}};
  const Timestamp begin = parse_iso("2021-07-22T22:36:07Z").value();
  const auto declared = [&] {
    live.end();
    recorder.finish(begin + 20s);
    return std::exchange(output_.lost_ends, {});
  };
  const auto see_book = [&] {
    static_cast<void>(live.on_frame(R"({"table":"orderBookL2","action":"partial","data":[)"
                                    R"({"symbol":"X","id":1,"side":"Buy","size":1,"price":1},)"
                                    R"({"symbol":"X","id":2,"side":"Sell","size":1,"price":2}]})",
                                    begin));
  };
  see_book();
  static_cast<void>(live.on_tick({.is_connected = true}));
  EXPECT_THAT(declared(), IsEmpty()) << "a quiet market that answers";
  static_cast<void>(live.on_tick({.is_connected = true, .unanswered = 100ms}));
  EXPECT_THAT(declared(), IsEmpty()) << "the answer may be on its way";
  static_cast<void>(live.on_tick({.is_connected = true, .unanswered = 2s}));
  see_book();
  EXPECT_THAT(declared(), IsEmpty()) << "it says something again";
  static_cast<void>(live.on_tick({.is_connected = true, .unanswered = 2s}));
  EXPECT_THAT(declared(), ElementsAre("X 2021-07-22T22:36:27.000Z the connection was silent: no "
                                      "answer to a ping"));
}

TEST_F(LivePolicyTest, an_exchange_never_reached_is_an_error_in_the_end) {
  EXPECT_NO_THROW(live_.upkeep().check_reached());
  static_cast<void>(
      live_.on_disconnect({.kind = net::Disconnect::Kind::name, .text = "cannot find host"}, 1s));
  try {
    live_.upkeep().check_reached();
    FAIL();
  } catch (const NetworkError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot find host (BitMEX closed on 2026-09-23"));
  }
  EXPECT_THAT(live_.on_open(), testing::SizeIs(1));
  EXPECT_NO_THROW(live_.upkeep().check_reached());
}

class ImageWatchTest : public testing::Test {
 protected:
  ImageWatchTest() {
    static_cast<void>(protocol_->open());
    images_.begin(symbols_, Time{});
    images_.on_frame(image_of("A"), From::socket, Time{});
  }

  using Time = ImageWatch::Clock::time_point;
  using From = ImageWatch::From;

  const feed::Frame& image_of(const std::string& symbol) {
    text_ =
        R"({"table":"orderBookL2","action":"partial","data":[{"symbol":")" + symbol +
        R"(","id":1,"side":"Buy","size":1,"price":1,"timestamp":"2026-01-01T00:00:00.000Z"},)" +
        R"({"symbol":")" + symbol +
        R"(","id":2,"side":"Sell","size":1,"price":2,"timestamp":"2026-01-01T00:00:00.000Z"}]})";
    return protocol_->decode(text_);
  }
  /// The seconds, of those until `end`, in which something was asked for.
  std::vector<int> asked(std::chrono::seconds begin, std::chrono::seconds end) {
    std::vector<int> seconds;
    for (auto at = begin; at < end; at += 1s)
      if (!images_.due(Time{at}).send.empty()) seconds.push_back(static_cast<int>(at.count()));
    return seconds;
  }

  std::vector<std::string> symbols_{"A", "B"};
  std::unique_ptr<feed::Protocol> protocol_ =
      feed::find_venue("bitmex")->make_protocol({.symbols = symbols_, .pool = ""});
  GetQueue gets_;
  ImageWatch images_{*protocol_, gets_, {.image = 10s, .first_retry = 1s, .longest_retry = 4s}};

 private:
  std::string text_;
};

TEST_F(ImageWatchTest, an_image_that_does_not_come_is_given_more_time_with_each_request) {
  // Asked for at 0, 11 and 34 s and given 10, 20 and 40 s; the pauses before it is asked for grow
  // too.
  EXPECT_THAT(asked(0s, 60s), ElementsAre(11, 34));
}

TEST_F(ImageWatchTest, an_image_that_came_makes_the_time_for_the_next_the_first_one_again) {
  EXPECT_THAT(asked(0s, 40s), ElementsAre(11, 34));
  images_.on_frame(image_of("B"), From::socket, Time{40s});
  images_.lose("B", "it broke", Time{40s});
  EXPECT_THAT(asked(40s, 60s), ElementsAre(44, 59)) << "10 s and a pause of 4 s after 44";
}

TEST_F(ImageWatchTest, a_pause_before_the_next_request_is_told) {
  const LogWatch log;
  for (const auto at : {1s, 3s, 7s}) {
    images_.on_frame(image_of("B"), From::socket, Time{at});
    images_.lose("B", "it broke", Time{at});
  }
  const std::string said = "warning: the book of B is lost: it broke; asking for a new one";
  EXPECT_EQ(log.text(), said + "\n" + said + " in 2.0 s\n" + said + " in 4.0 s\n");
}

TEST_F(ImageWatchTest, a_snapshot_that_is_none_is_asked_for_again_after_a_pause) {
  BookUpdate none{.kind = BookUpdate::Kind::image, .symbol = "B", .lost = "it is too old"};
  feed::Frame frame;
  frame.kind = feed::Frame::Kind::book;
  frame.updates = {&none, 1};
  for (const auto& [told, again] : {std::pair{0s, 1}, {1s, 3}, {3s, 7}, {7s, 11}}) {
    images_.on_frame(frame, From::socket, Time{told});
    images_.lose("B", none.lost, Time{told});
    EXPECT_THAT(asked(told, std::chrono::seconds{again + 1}), ElementsAre(again));
  }
}

TEST_F(ImageWatchTest, an_image_is_overdue_when_all_pages_had_their_turn) {
  feed::Frame frame;
  frame.replies = {feed::HttpGet{.target = "/a", .pause = 7s},
                   feed::HttpGet{.target = "/b", .pause = 8s}};
  images_.on_frame(frame, From::socket, Time{});
  images_.hold(Time{20s});
  EXPECT_THAT(asked(0s, 40s), ElementsAre(31)) << "10 s behind the last of them";
}

TEST_F(ImageWatchTest, a_connection_whose_symbols_are_all_refused_is_made_anew_some_time) {
  images_.give_up("A", Time{1s});
  EXPECT_EQ(images_.due(Time{9s}).step, net::Next::Step::read_on) << "B is awaited";
  images_.give_up("B", Time{2s});
  EXPECT_EQ(images_.due(Time{602s}).step, net::Next::Step::read_on);
  EXPECT_EQ(images_.due(Time{603s}).step, net::Next::Step::reconnect);
  images_.begin(symbols_, Time{604s});
  EXPECT_EQ(images_.due(Time{605s}).step, net::Next::Step::read_on);
}

TEST_F(ImageWatchTest, what_is_accepted_and_never_served_is_told_once_a_recording) {
  const LogWatch log;
  images_.on_frame(image_of("B"), From::http, Time{1s});
  for (const auto begin : {0s, 100s}) {
    images_.begin(symbols_, Time{begin});
    images_.on_frame(image_of("A"), From::socket, Time{begin});
    static_cast<void>(asked(begin, begin + 30s));
    EXPECT_EQ(log.text().find("accepted") != std::string::npos, begin > 0s);
    static_cast<void>(asked(begin + 30s, begin + 60s));
  }
  EXPECT_THAT(log.text(),
              HasSubstr("the exchange accepted B and sent nothing of it for 31 s: is it traded"));
  EXPECT_EQ(log.text().find("accepted B"), log.text().rfind("accepted B"));
  EXPECT_THAT(log.text(), Not(HasSubstr("accepted A")));
}

TEST_F(ImageWatchTest, what_the_exchange_does_not_have_is_not_asked_for_again) {
  images_.give_up("B", Time{0s});
  EXPECT_THAT(asked(0s, 60s), IsEmpty());
  images_.begin(symbols_, Time{60s});
  images_.on_frame(image_of("A"), From::socket, Time{60s});
  EXPECT_THAT(asked(60s, 80s), ElementsAre(71)) << "another connection may know it";
}

TEST_F(ImageWatchTest, an_old_answer_lets_a_book_that_is_not_lost_go_on) {
  BookUpdate old{.kind = BookUpdate::Kind::old, .symbol = "A"};
  feed::Frame frame;
  frame.kind = feed::Frame::Kind::book;
  frame.updates = {&old, 1};
  images_.give_up("B", Time{0s});
  images_.ask_for("A", Time{1s});
  EXPECT_THAT(asked(1s, 2s), ElementsAre(1));
  images_.on_frame(frame, From::http, Time{2s});
  EXPECT_THAT(asked(2s, 40s), IsEmpty());
  images_.lose("A", "it broke", Time{40s});
  EXPECT_THAT(asked(40s, 41s), ElementsAre(40));
  images_.on_frame(frame, From::http, Time{41s});
  EXPECT_EQ(images_.due(Time{60s}).step, net::Next::Step::reconnect) << "no image came";
}

}  // namespace
}  // namespace obkit::obsave
