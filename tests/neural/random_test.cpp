#include "obkit/neural/random.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include <gtest/gtest.h>

namespace obkit::neural {
namespace {

TEST(Random, uniform_takes_the_upper_24_bits_of_the_engine) {
  // The first output of std::mt19937 with seed 5489 is 3499211612 (Matsumoto and Nishimura).
  std::mt19937 random{5489};
  EXPECT_EQ(uniform(random, 0, 1), static_cast<float>(3499211612U >> 8) / 16777216.0f);
}

TEST(Random, uniform_stays_in_its_range) {
  std::mt19937 random{1};
  for (int i = 0; i < 1000; ++i) {
    const float value = uniform(random, -2, 3);
    EXPECT_GE(value, -2);
    EXPECT_LT(value, 3);
  }
}

TEST(Random, uniform_below_gives_every_number_about_as_often) {
  std::mt19937 random{1};
  std::array<int, 5> counts{};
  for (int i = 0; i < 5000; ++i) ++counts[uniform_below(random, counts.size())];
  for (const int count : counts) EXPECT_NEAR(count, 1000, 120);  // four standard deviations
}

TEST(Random, shuffle_keeps_all_items_and_repeats_with_its_seed) {
  std::vector<std::uint32_t> items(100), again;
  std::iota(items.begin(), items.end(), 0U);
  again = items;
  const auto sorted = items;
  std::mt19937 first{3}, second{3};
  shuffle(items, first);
  shuffle(again, second);
  EXPECT_EQ(items, again);
  EXPECT_NE(items, sorted);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, sorted);
}

}  // namespace
}  // namespace obkit::neural
