#include "obkit/exchange/fault.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace obkit::exchange {
namespace {

using namespace std::chrono_literals;

TEST(Fault, every_one_has_a_name_that_reads_back) {
  const auto all = faults_of(Venue::bitmex);
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
}

TEST(Fault, each_is_of_connections_subscriptions_what_comes_next_or_the_server) {
  EXPECT_EQ(reach_of(Fault::cut), Reach::connections);
  EXPECT_EQ(reach_of(Fault::maintenance), Reach::connections);
  EXPECT_EQ(reach_of(Fault::silence), Reach::subscriptions);
  EXPECT_EQ(reach_of(Fault::lost_delta), Reach::subscriptions);
  EXPECT_EQ(reach_of(Fault::early_deltas), Reach::next_subscriptions);
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
}

TEST(Fault, other_texts_are_none) {
  for (const char* text : {"", "dance", "cut=1", "close=", "close=999", "close=1006", "close=x",
                           "stall=-1", "stall=1s", "refuse_upgrade=200", "refuse_upgrade=600"})
    EXPECT_FALSE(parse_injection(text)) << text;
}

}  // namespace
}  // namespace obkit::exchange
