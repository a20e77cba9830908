#include "obkit/obsave/settings.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/core/error.hpp"

namespace obkit::obsave {
namespace {

using testing::ElementsAre;

Settings parse(std::vector<std::string> arguments) {
  CLI::App app;
  Settings settings;
  add_options(app, settings);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  app.parse(arguments);
  complete(settings);
  return settings;
}

TEST(Settings, default_to_the_primary_book_of_xbtusd_a_hundred_levels_deep) {
  const Settings settings = parse({"-o", "books"});
  EXPECT_THAT(settings.symbols, ElementsAre("XBTUSD"));
  EXPECT_EQ(settings.pool, "Primary");
  EXPECT_EQ(settings.depth, 100U);
  EXPECT_EQ(settings.every, Every::change);
  EXPECT_EQ(settings.url, "wss://ws.bitmex.com/realtime");
  EXPECT_TRUE(settings.is_live());
}

TEST(Settings, a_replay_takes_every_symbol_unless_some_are_named) {
  const Settings all = parse({"-o", "-", "--replay", "a", "b"});
  EXPECT_THAT(all.replay, ElementsAre("a", "b"));
  EXPECT_TRUE(all.symbols.empty());
  EXPECT_FALSE(all.is_live());
  EXPECT_THAT(parse({"-o", "-", "--replay", "a", "-s", "Y"}).symbols, ElementsAre("Y"));
}

TEST(Settings, a_symbol_named_twice_is_one) {
  EXPECT_THAT(parse({"-o", "-", "-s", "A", "-s", "B", "-s", "A"}).symbols, ElementsAre("A", "B"));
}

TEST(Settings, the_testnet_and_the_pool_none_are_words_for_something_else) {
  const Settings settings = parse({"-o", "-", "--testnet", "--pool", "none"});
  EXPECT_EQ(settings.url, "wss://ws.testnet.bitmex.com/realtime");
  EXPECT_EQ(settings.pool, "");
}

TEST(Settings, refuse_what_makes_no_sense) {
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"-o", "-", "--depth", "7"},
      {"-o", "-", "--depth", "0"},
      {"-o", "-", "--depth", "99999999"},
      {"-o", "-", "--every", "day"},
      {"-o", "-", "--pool", "Third"},
      {"-o", "-", "-s", "X\",\"Y"},
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
  EXPECT_THROW(parse({"-o", ""}), UsageError);
}

}  // namespace
}  // namespace obkit::obsave
