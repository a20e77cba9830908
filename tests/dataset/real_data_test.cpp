// Counts and samples below come from an independent calculation in exact decimals.
#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>

#include "obkit/dataset/labeller.hpp"
#include "obkit/store/book_stream.hpp"
#include "obkit/store/input.hpp"

namespace obkit::dataset {
namespace {

const std::string folder = OBKIT_SHARED_DATA "/binance";

class RealBooks : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no real data at " << folder;
  }
  static std::vector<Sample> samples(const std::vector<std::string>& paths) {
    store::BookStream stream{expand_inputs(paths, store::FileKind::day_file),
                             store::BadLine::refuse};
    Labeller labeller{LabelRule{}};
    std::vector<Sample> result;
    for (OrderBook book; stream.next(book);) {
      labeller.push(book);
      for (Sample sample; labeller.take(sample);) result.push_back(sample);
    }
    return result;
  }
};

long rises(const std::vector<Sample>& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0L,
                         [](long sum, const Sample& sample) { return sum + sample.direction; });
}

TEST_F(RealBooks, have_the_samples_and_rises_that_an_independent_count_has) {
  const auto first = samples({folder + "/BTCUSD_PERP_20240808.txt.zst"});
  EXPECT_EQ(first.size(), 408U);
  EXPECT_EQ(rises(first), 172);
  const auto second = samples({folder + "/BTCUSD_PERP_20240809.txt.zst"});
  EXPECT_EQ(second.size(), 663U);
  EXPECT_EQ(rises(second), 317);
  EXPECT_EQ(samples({folder}).size(), 1'071U);
}

TEST_F(RealBooks, have_the_samples_of_an_independent_calculation) {
  struct Expected {
    std::size_t index;
    DateTime time;
    int direction;
    double best_bid, best_ask, sum;
  };
  const auto all = samples({folder});
  for (const auto& [index, time, direction, best_bid, best_ask, sum] :
       {Expected{0, {20240808, 235417482}, 1, 2358, 6, 19712},
        Expected{407, {20240808, 235957983}, 0, 23, 1765, 18283},
        Expected{408, {20240809, 960}, 0, 490, 769, 15307},
        Expected{1070, {20240809, 459561}, 0, 1489, 135, 22543}}) {
    const Sample& sample = all.at(index);
    EXPECT_EQ(sample.time, time);
    EXPECT_EQ(sample.direction, direction);
    EXPECT_EQ(sample.volumes.at(49), best_bid);
    EXPECT_EQ(sample.volumes.at(50), best_ask);
    EXPECT_EQ(std::accumulate(sample.volumes.begin(), sample.volumes.end(), 0.0), sum);
  }
}

}  // namespace
}  // namespace obkit::dataset
