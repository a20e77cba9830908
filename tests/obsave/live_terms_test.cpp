// Recordings that ask for the exchange's list of instruments beside their books.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/store/manifest.hpp"

#include "live_recording.hpp"
#include "log_watch.hpp"
#include "obsave/captures.hpp"
#include "obsave/output.hpp"
#include "obsave/trade_output.hpp"
#include "support/test_name.hpp"

namespace obkit::obsave {
namespace {

using namespace std::chrono_literals;
using exchange::Fault;
using exchange::Venue;
using feed::Instrument;
using testing::HasSubstr;
using testing::Not;

std::size_t times_in(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

class LiveTerms : public LiveRecording {
 protected:
  LiveTerms() {
    market_.start = parse_iso("2026-01-02T12:00:00Z").value();
    market_clock_ = [](Timestamp market) { return market; };
    options_.sync = 20ms;        // ticks of 5 ms
    server_options_.speed = 20;  // a change of each symbol in 5 ms
    patience_.image = patience_.quiet = 5min;
    patience_.unserved = 10min;
    patience_.first_list = 1ms;
    patience_.longest_list = 20ms;
    on_terms_ = [this](const Instrument& one) { terms_[one.symbol] = one; };
  }

  /// Some symbols of the venue.
  void speak_of(Venue venue, std::size_t symbols) {
    options_.symbols.resize(symbols);
    speak(venue);
    if (venue == Venue::bitmex) record_two_symbols();
  }

  /// Until `is_enough`, and some frames more.
  void record_until(const std::function<bool()>& is_enough) {
    bool was_enough = false;
    const auto alter = alter_;
    alter_ = [&](std::string& text) {
      if (alter) alter(text);
      if (was_enough || !is_enough()) return;
      was_enough = true;
      witness_->stop_after_frames = 30;
    };
    record(10min);
    alter_ = alter;
    EXPECT_TRUE(was_enough);
  }

  /// GETs of the list and of snapshots, those of two symbols.
  [[nodiscard]] std::uint64_t requests_of_two() const {
    const bool has_snapshots = !exchange::protocol(server_options_.venue).sends_partials();
    return options_.venue->listing->targets.size() + (has_snapshots ? 2 : 0);
  }

  [[nodiscard]] bool has_terms_of_all() const { return terms_.size() == options_.symbols.size(); }

  std::map<std::string, Instrument> terms_;
};

class EveryVenueTerms : public LiveTerms, public testing::WithParamInterface<Venue> {};

/// Nothing of it stands in captures, and no frame is counted.
TEST_P(EveryVenueTerms, are_asked_for_once_when_the_books_stand) {
  speak_of(GetParam(), 2);
  std::vector<std::string> answers;
  alter_answer_ = [&](std::string& body) { answers.push_back(body.substr(0, 200)); };
  const std::string folder = scratch_ / "captures";
  Captures captures{{.folder = folder, .symbol = {}, .lock_holder = {}}, options_.symbols};
  captures_ = &captures;
  serve();
  const LogWatch log;
  std::size_t books_before = 0;
  on_terms_ = [&](const Instrument& one) {
    terms_[one.symbol] = one;
    books_before = std::min(books(options_.symbols[0]), books(options_.symbols[1]));
  };
  record_until([&] { return has_terms_of_all() && books() > 100; });
  EXPECT_GE(books_before, 1U) << "the books come first";
  EXPECT_EQ(server_->statistics().requests, requests_of_two());
  EXPECT_EQ(answers.size(), requests_of_two());
  for (const std::string& symbol : options_.symbols) {
    const Instrument& one = terms_[symbol];
    EXPECT_FALSE(one.tick.empty()) << symbol;
    EXPECT_FALSE(one.unit.empty()) << symbol;
    EXPECT_FALSE(one.contract_size.empty()) << symbol;
  }
  EXPECT_EQ(gaps(), 0U);
  EXPECT_EQ(live_->upkeep().reconnects(), 0U);
  EXPECT_EQ(recorder_->tally().malformed, 0U);
  EXPECT_THAT(log.text(), Not(HasSubstr("list")));
  expect_true_books();
  captures.close();
  expect_captures_replay_to_the_same_books(folder, "20260102");
  for (const std::string& symbol : options_.symbols) {
    store::CaptureReader reader{
        store::open_input(folder + "/" + store::name_of_symbol(symbol) + "_20260102.capture.zst"),
        "capture"};
    while (const auto line = reader.next())
      for (const std::string_view target : options_.venue->listing->targets)
        EXPECT_EQ(line->frame.find(target), std::string_view::npos) << line->frame;
  }
}

INSTANTIATE_TEST_SUITE_P(Simulated, EveryVenueTerms, testing::ValuesIn(exchange::venues()),
                         [](const auto& venue) {
                           return test_name(std::string{to_string(venue.param)});
                         });

TEST_F(LiveTerms, are_asked_for_by_the_first_of_several_connections_alone) {
  speak_of(Venue::okx, 2);
  feed::Venue venue = *options_.venue;
  venue.symbols_max = 1;
  options_.venue = &venue;
  serve();
  record_until([&] { return has_terms_of_all() && books(options_.symbols[1]) > 50; });
  EXPECT_EQ(live_->size(), 2U);
  EXPECT_EQ(server_->statistics().requests, 3U) << "a list for each kind of instrument";
}

TEST_F(LiveTerms, are_not_asked_for_where_nobody_wants_them) {
  speak_of(Venue::deribit, 2);
  on_terms_ = {};
  serve();
  record_until([&] { return books() > 200; });
  EXPECT_EQ(server_->statistics().requests, 0U);
}

/// It has none of today's.
TEST_F(LiveTerms, are_not_asked_for_where_an_archive_is_replayed) {
  speak_of(Venue::deribit, 2);
  market_clock_ = [](Timestamp market) { return market + 2h; };
  serve();
  record_until([&] { return books() > 200; });
  EXPECT_EQ(server_->statistics().requests, 0U);
}

TEST_F(LiveTerms, that_are_refused_are_told_of_once_and_asked_for_again) {
  for (const unsigned status : {429U, 404U}) {
    terms_.clear();
    output_.written.clear();
    truth_.clear();
    speak_of(Venue::deribit, 2);
    serve();
    server_->inject({.fault = Fault::refuse_get, .count = 3, .status = status, .retry_after = 0s});
    const LogWatch log;
    record_until([&] { return has_terms_of_all(); });
    EXPECT_EQ(server_->statistics().requests, 4U);
    const std::string text = log.text();
    EXPECT_EQ(times_in(text, "warning: "), 1U) << text;
    EXPECT_THAT(text, HasSubstr("warning: no list of instruments: localhost:"));
    EXPECT_THAT(text, HasSubstr(std::string{options_.venue->listing->targets.front()} + ": HTTP " +
                                std::to_string(status)));
    EXPECT_THAT(text, HasSubstr("; it is asked for again in "));
    EXPECT_THAT(text, HasSubstr("info: the list of instruments is there\n"));
    EXPECT_EQ(gaps(), 0U);
    EXPECT_EQ(server_->statistics().connections, 1U);
    expect_true_books();
  }
}

/// All of its pages are asked for again.
TEST_F(LiveTerms, of_a_page_that_is_broken_are_asked_for_again) {
  speak_of(Venue::okx, 2);
  int pages = 0;
  alter_answer_ = [&](std::string& body) {
    if (++pages == 2) body.resize(body.size() / 2);
  };
  serve();
  const LogWatch log;
  record_until([&] { return has_terms_of_all(); });
  EXPECT_EQ(pages, 5);
  EXPECT_EQ(server_->statistics().requests, 5U);
  EXPECT_EQ(times_in(log.text(), "warning: "), 1U) << log.text();
  EXPECT_THAT(log.text(), HasSubstr("/api/v5/public/instruments?instType=SWAP: "));
  EXPECT_EQ(recorder_->tally().malformed, 0U);
  EXPECT_EQ(gaps(), 0U);
}

TEST_F(LiveTerms, that_were_under_way_when_a_connection_ended_are_asked_for_by_the_next) {
  speak_of(Venue::deribit, 2);
  serve();
  server_->inject({.fault = Fault::late_answer, .time = 10min, .count = 1});
  bool is_cut = false;
  alter_ = [&](std::string&) {
    if (is_cut || server_->statistics().requests == 0) return;
    is_cut = true;
    server_->inject({.fault = Fault::cut});
  };
  record_until([&] { return has_terms_of_all(); });
  EXPECT_TRUE(is_cut);
  EXPECT_EQ(live_->upkeep().reconnects(), 1U);
  EXPECT_EQ(server_->statistics().requests, 2U);
}

TEST_F(LiveTerms, come_though_a_symbol_never_has_a_book_which_the_list_may_explain) {
  speak_of(Venue::deribit, 2);
  patience_.unserved = 50ms;
  alter_ = [](std::string& text) {
    if (text.find("book.ETH-PERPETUAL.100ms\",\"data") != std::string::npos)
      text = R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}})";
  };
  alter_answer_ = [](std::string& body) { body.replace(body.find("ETH-"), 4, "LTC-"); };
  serve();
  const LogWatch log;
  record_until([&] { return !terms_.empty(); });
  EXPECT_EQ(terms_.size(), 1U);
  EXPECT_EQ(books("ETH-PERPETUAL"), 0U);
  EXPECT_EQ(times_in(log.text(),
                     "warning: the exchange's list has no ETH-PERPETUAL: its tick, unit and "
                     "contract size are not known; near: BTC-PERPETUAL, LTC-PERPETUAL\n"),
            1U)
      << log.text();
}

TEST_F(LiveTerms, name_a_symbol_that_is_too_fine) {
  speak_of(Venue::deribit, 2);
  alter_answer_ = [](std::string& body) {
    if (const std::size_t at = body.find("0.5"); at != std::string::npos)
      body.replace(at, 3, "1.0e-10");
  };
  serve();
  const LogWatch log;
  record_until([&] { return has_terms_of_all(); });
  EXPECT_THAT(log.text(), HasSubstr("warning: BTC-PERPETUAL cannot be recorded exactly: its tick "
                                    "0.0000000001 has more than nine decimals\n"));
  EXPECT_EQ(times_in(log.text(), "cannot be recorded exactly"), 1U) << log.text();
}

/// What the exchange said a day later.
void move_by_a_day(std::string& text) {
  constexpr std::string_view key = R"("timestamp":)";
  constexpr std::int64_t day_ms = 86'400'000;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
    at += key.size();
    const std::size_t end = text.find_first_not_of("0123456789", at);
    text.replace(at, end - at, std::to_string(std::stoll(text.substr(at, end - at)) + day_ms));
  }
}

TEST_F(LiveTerms, stand_in_the_manifests_of_the_day_that_is_open_and_of_the_next) {
  speak_of(Venue::deribit, 2);
  market_.rate = 40;  // so many that a batch has trades, too
  const std::string folder = scratch_ / "books";
  const store::DayFileOptions files{
      .folder = folder,
      .symbol = {},
      .manifest = store::RecordingOrigin{
          .venue = "deribit", .pool = "", .endpoint_host = "localhost", .tool = "test"}};
  FolderOutput books{files};
  TradeOutput trades{files, TradeOutput::OnTrouble::pass_on};
  target_ = &books;
  trade_output_ = &trades;
  on_terms_ = [&](const Instrument& one) {
    terms_[one.symbol] = one;
    const store::InstrumentTerms terms{one.tick, one.unit, one.contract_size};
    books.describe(one.symbol, terms);
    trades.describe(one.symbol, terms);
  };
  const auto has_files_of_all = [&](std::uint64_t days) {
    return std::all_of(options_.symbols.begin(), options_.symbols.end(), [&](const auto& symbol) {
      const auto of_books = books.symbol_counts();
      const auto of_trades = trades.symbol_counts();
      return of_books.contains(symbol) && of_books.at(symbol).files >= days &&
             of_trades.contains(symbol) && of_trades.at(symbol).files >= days;
    });
  };
  bool is_next_day = false;
  market_clock_ = [&](Timestamp market) { return is_next_day ? market + 24h : market; };
  alter_ = [&](std::string& text) {
    is_next_day = is_next_day || (has_terms_of_all() && has_files_of_all(1));
    if (is_next_day) move_by_a_day(text);
  };
  serve();
  record_until([&] { return is_next_day && has_files_of_all(2); });
  recorder_->finish();
  books.close();
  trades.close();
  for (const std::string& symbol : options_.symbols)
    for (const char* day : {"_20260102", "_20260103"}) {
      const auto manifest = store::read_manifest(folder + "/" + symbol + day + ".manifest.json");
      EXPECT_EQ(manifest.origin.instrument, (store::InstrumentTerms{"0.5", "USD", "1"})) << symbol;
      EXPECT_GT(manifest.books, 0U);
      ASSERT_TRUE(manifest.trades.has_value());
      EXPECT_GT(manifest.trades->trades, 0U);
    }
}

}  // namespace
}  // namespace obkit::obsave
