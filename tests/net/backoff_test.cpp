#include "obkit/net/backoff.hpp"

#include <gtest/gtest.h>

namespace obkit::net {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, doubles_from_one_second_to_a_minute_with_jitter_of_a_half) {
  std::mt19937 random{1};
  Backoff backoff{{}};
  for (const auto whole : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    const auto pause = backoff.pause(random);
    EXPECT_GE(pause, whole / 2.0);
    EXPECT_LE(pause, whole);
  }
}

TEST(Backoff, gives_what_is_asked_for_and_a_bit_more_up_to_a_limit) {
  std::mt19937 random{1};
  for (int i = 0; i < 100; ++i) {
    const auto usual = Backoff::asked(10s, 900s, random);
    EXPECT_GE(usual, 10s);
    EXPECT_LE(usual, 11s);
    const auto longest = Backoff::asked(5h, 900s, random);
    EXPECT_GE(longest, 810s);
    EXPECT_LE(longest, 900s);
  }
  EXPECT_EQ(Backoff::asked(-5s, 900s, random), 0s);
  EXPECT_NE(Backoff::asked(5h, 900s, random), Backoff::asked(5h, 900s, random));
}

TEST(Backoff, varies_with_the_seed_and_only_with_it) {
  const auto first_pause = [](unsigned seed) {
    std::mt19937 random{seed};
    return Backoff{{}}.pause(random);
  };
  EXPECT_EQ(first_pause(7), first_pause(7));
  EXPECT_NE(first_pause(7), first_pause(8));
}

TEST(Backoff, begins_anew_only_after_a_connection_that_stood_long_enough) {
  std::mt19937 random{1};
  Backoff backoff{{}};
  for (int i = 0; i < 5; ++i) static_cast<void>(backoff.pause(random));
  backoff.lasted(29s);
  EXPECT_GE(backoff.pause(random), 16s);
  backoff.lasted(30s);
  EXPECT_LE(backoff.pause(random), 1s);
}

}  // namespace
}  // namespace obkit::net
