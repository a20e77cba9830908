#include "obkit/signals/imbalance.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace obkit::signals {
namespace {

//                              worst bid … best bid, best ask … worst ask
const std::vector<double> book{5, 1, 3, 1, 1, 9};

TEST(Imbalance, compares_the_levels_nearest_to_the_spread) {
  EXPECT_DOUBLE_EQ(imbalance(book, 1), (3. - 1.) / 4.);
  EXPECT_DOUBLE_EQ(imbalance(book, 2), (4. - 2.) / 6.);
  EXPECT_DOUBLE_EQ(imbalance(book, 3), (9. - 11.) / 20.);
}

TEST(Imbalance, counts_no_level_on_both_sides) {
  EXPECT_DOUBLE_EQ(imbalance(std::vector<double>{2, 0, 0, 2}, 1), 0);
  EXPECT_DOUBLE_EQ(imbalance(std::vector<double>{0, 7, 0, 0}, 2), 1);
  EXPECT_DOUBLE_EQ(imbalance(std::vector<double>{0, 0, 7, 0}, 2), -1);
}

TEST(Imbalance, of_no_volume_at_all_is_zero) {
  EXPECT_EQ(imbalance(std::vector<double>{4, 0, 0, 4}, 1), 0);
}

TEST(Imbalance, agrees_with_sums_one_after_another_exactly_where_sizes_are_whole) {
  std::mt19937_64 random{8};
  for (int round = 0; round < 200; ++round) {
    std::vector<double> whole(100);
    for (double& volume : whole) volume = static_cast<double>(random() % 100'000'000);
    std::vector<double> parts{whole};
    for (double& volume : parts) volume /= 1000;
    for (std::size_t levels = 1; levels <= 50; ++levels) {
      for (const bool is_whole : {true, false}) {
        const auto& volumes = is_whole ? whole : parts;
        double bid = 0, ask = 0;
        for (std::size_t i = 0; i < levels; ++i) bid += volumes[49 - i], ask += volumes[50 + i];
        const double naive = bid + ask > 0 ? (bid - ask) / (bid + ask) : 0;
        EXPECT_NEAR(imbalance(volumes, levels), naive, is_whole ? 0 : 1e-13);
      }
    }
  }
}

TEST(Imbalance, of_the_mirrored_book_is_the_opposite_to_the_bit) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> volume{0, 1e4};
  for (int round = 0; round < 200; ++round) {
    std::vector<double> volumes(100);
    std::generate(volumes.begin(), volumes.end(), [&] { return volume(random); });
    std::vector<double> mirrored{volumes.rbegin(), volumes.rend()};
    for (const std::size_t levels : {1U, 7U, 50U})
      EXPECT_EQ(imbalance(mirrored, levels), -imbalance(volumes, levels));
  }
}

}  // namespace
}  // namespace obkit::signals
