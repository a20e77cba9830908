#include "obsave/options.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::obsave {
namespace {

using testing::ElementsAre;

Options parse(std::vector<std::string> arguments) {
  CLI::App app;
  Options options;
  add_options(app, options);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app.parse(arguments);
  complete(options);
  return options;
}

TEST(Settings, default_to_a_book_that_lives_a_hundred_levels_deep) {
  const Options options = parse({"-o", "books"});
  EXPECT_EQ(options.venue->name, "deribit");
  EXPECT_THAT(options.symbols, ElementsAre("BTC-PERPETUAL"));
  EXPECT_EQ(options.pool, "");
  EXPECT_EQ(options.depth, 100U);
  EXPECT_EQ(options.every, Every::change);
  EXPECT_EQ(options.url, "wss://www.deribit.com/ws/api/v2");
  EXPECT_TRUE(options.is_live());
}

TEST(Settings, a_replay_takes_every_symbol_unless_some_are_named) {
  const Options all = parse({"-o", "-", "--replay", "a", "b"});
  EXPECT_THAT(all.replay, ElementsAre("a", "b"));
  EXPECT_TRUE(all.symbols.empty());
  EXPECT_FALSE(all.is_live());
  EXPECT_THAT(parse({"-o", "-", "--replay", "a", "-s", "Y"}).symbols, ElementsAre("Y"));
}

TEST(Settings, symbols_that_would_share_a_file_are_refused_also_where_a_pattern_brought_them) {
  Options options;
  options.out = "books";
  options.symbols = {"A*", "A?", "A/B", "A_C"};
  EXPECT_NO_THROW(check_file_names(options));
  options.symbols.emplace_back("A_B");
  try {
    check_file_names(options);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("A_B and A/B"));
  }
  options.out = "-";
  EXPECT_NO_THROW(check_file_names(options));
}

TEST(Settings, symbols_need_as_many_connections_as_the_venue_allows_an_address) {
  feed::Venue venue = *feed::find_venue("bybit-spot");
  venue.symbols_max = 3;
  venue.connections_max = 2;
  Options options;
  options.venue = &venue;
  EXPECT_EQ(options.connections(), 1U);
  options.symbols = {"A", "B", "C"};
  EXPECT_EQ(options.connections(), 1U);
  options.symbols.insert(options.symbols.end(), {"D", "E", "F"});
  EXPECT_EQ(options.connections(), 2U);
  EXPECT_NO_THROW(check_limits(options));
  options.symbols.emplace_back("G");
  try {
    check_limits(options);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "-s: 7 symbols; bybit-spot allows an address 2 connections of 3 symbols");
  }
  venue.connections_max = 0;
  EXPECT_NO_THROW(check_limits(options));
  EXPECT_EQ(options.connections(), 3U);
  venue.symbols_max = 0;
  EXPECT_EQ(options.connections(), 1U);
}

/// What a live recording of so many levels and symbols is refused for; empty: it is not.
std::string refusal_of(const char* venue, std::size_t depth, std::size_t symbols = 1) {
  Options options;
  options.venue = feed::find_venue(venue);
  options.depth = depth;
  options.symbols.resize(symbols, "X");
  try {
    check_limits(options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Settings, more_levels_than_the_venue_shows_are_refused) {
  struct Limit {
    const char* venue;
    std::size_t depth, symbols;
  };
  for (const auto& [venue, depth, symbols] :
       {Limit{"bybit-spot", 2000, 1}, Limit{"bybit-linear", 2000, 1},
        Limit{"bybit-inverse", 2000, 1}, Limit{"okx", 800, 1}, Limit{"kraken", 2000, 1},
        Limit{"binance-spot", 5000, 20}, Limit{"binance-spot", 1000, 21},
        Limit{"binance-usdm", 1000, 1}, Limit{"binance-coinm", 1000, 1}}) {
    EXPECT_EQ(refusal_of(venue, depth, symbols), "") << venue;
    EXPECT_THAT(refusal_of(venue, depth + 2, symbols),
                testing::HasSubstr(std::to_string(depth) + " at most"))
        << venue;
  }
  for (const char* venue : {"deribit", "bitmex", "kraken-futures", "coinbase"})
    EXPECT_EQ(refusal_of(venue, 1'000'000), "") << venue;
  EXPECT_EQ(refusal_of("okx", 802),
            "--depth: books of 1 symbol of okx have 400 levels a side, so 800 at most; found 802");
}

TEST(Settings, a_symbol_named_twice_is_one) {
  EXPECT_THAT(parse({"-o", "-", "-s", "A", "-s", "B", "-s", "A"}).symbols, ElementsAre("A", "B"));
}

TEST(Settings, the_testnet_and_the_pool_none_are_words_for_something_else) {
  const Options options = parse({"-o", "-", "--venue", "bitmex", "--testnet", "--pool", "none"});
  EXPECT_EQ(options.url, "wss://ws.testnet.bitmex.com/realtime");
  EXPECT_EQ(options.pool, "");
}

TEST(Settings, another_venue_has_its_own_address_and_symbol) {
  const Options options = parse({"-o", "-", "--venue", "bitmex"});
  EXPECT_THAT(options.symbols, ElementsAre("XBTUSD"));
  EXPECT_EQ(options.url, "wss://ws.bitmex.com/realtime");
  EXPECT_EQ(options.pool, "Primary");
  EXPECT_FALSE(options.recorder().may_be_union);
}

TEST(Settings, a_book_is_written_after_each_event_or_interval) {
  EXPECT_EQ(parse({"-o", "-", "--every", "event"}).every, Every::event);
  const Options options = parse({"-o", "-", "--every", "250"});
  EXPECT_EQ(options.every, Every::interval);
  EXPECT_EQ(options.recorder().interval, std::chrono::milliseconds{250});
}

TEST(Settings, to_verify_takes_nothing_else) {
  EXPECT_THAT(parse({"--verify", "a", "b"}).verify, ElementsAre("a", "b"));
}

TEST(Settings, only_a_union_may_be_crossed) {
  EXPECT_TRUE(parse({"-o", "-", "--venue", "bitmex", "--pool", "none"}).recorder().may_be_union);
  EXPECT_FALSE(parse({"-o", "-", "--venue", "bitmex"}).recorder().may_be_union);
  EXPECT_EQ(parse({"-o", "-", "--replay", "x"}).pool, "") << "the frames say";
}

TEST(Settings, refuse_what_makes_no_sense) {
  const std::vector<std::vector<std::string>> wrong{
      {"-o", "-", "--depth", "7"},
      {"-o", "-", "--depth", "0"},
      {"-o", "-", "--depth", "99999999"},
      {"-o", "-", "--every", "day"},
      {"-o", "-", "--every", "0"},
      {"-o", "-", "--venue", "mtgox"},
      {"-o", "-", "--sync", "0"},
      {"-o", "-", "--metrics", "localhost:0", "--replay", "x"},
      {"-o", "-", "--capture", "x", "--replay", "x"},
      {"-o", "-", "--verify", "x"},
      {"--verify", "x", "--depth", "10"},
      {"-o", "-", "--pool", "Third"},
      {"-o", "-", "--count", "0"},
      {"-o", "-", "--duration", "-1"},
      {"-o", "-", "--url", "wss://a", "--testnet"},
      {"-o", "-", "--url", "wss://a", "--replay", "x"},
      {"-o", "-", "--testnet", "--replay", "x"},
      {"-o", "-", "--credentials", "x", "--replay", "x"},
      {"-o", "-", "--ca-file", "x", "--replay", "x"},
      {"-o", "-", "stray"},
  };
  for (const auto& arguments : wrong)
    EXPECT_THROW(parse(arguments), CLI::ParseError) << testing::PrintToString(arguments);
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"-o", ""},
           {"-o", "-", "-s", "X\",\"Y"},
           {"-o", "-", "--venue", "deribit", "-s", "A/B"},
           {"-o", "books", "--replay", "x", "-s", "A/B", "-s", "A_B"},
           {"-o", "-", "--venue", "deribit", "--pool", "Primary"},
           {"-o", "-", "--compress"},
           {"-o", "-", "--trades"},
       })
    EXPECT_THROW(parse(arguments), UsageError) << testing::PrintToString(arguments);
}

}  // namespace
}  // namespace obkit::obsave
