// The moves that label samples, against a count that looks at each pair of samples, or at books.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/dataset/dataset_writer.hpp"
#include "obkit/dataset/labeller.hpp"

#include "dataset/books.hpp"
#include "obtrain/sample_sets.hpp"
#include "support/scratch_folder.hpp"

namespace obkit::obtrain {
namespace {

using testing::ElementsAre;

/// A sample that a dataset with flow has.
dataset::Sample sample_of(int second, std::uint8_t direction, std::uint64_t move) {
  dataset::Sample sample;
  sample.volumes = {1, 2};
  sample.direction = direction;
  sample.time = DateTime{.date = 20240808, .time = second * 1000};
  sample.flow.assign(dataset::flow_count, 0.5);
  sample.move = move;
  return sample;
}

class Moves : public testing::Test {
 protected:
  /// Another symbol's dataset behind those before.
  void add(const std::string& symbol, const std::vector<dataset::Sample>& samples) {
    const std::string path = folder_ / (symbol + "_20240808.ds");
    std::ofstream file{path};
    for (const dataset::Sample& sample : samples) file << dataset::line_of(sample);
    file.close();
    table_.append(SampleTable{path, {}}, path);
  }

  ScratchFolder folder_;
  SampleTable table_;
};

/// By time: A1 A1 B1 A1 B1 A2 B2. B's first move is none of A's.
TEST_F(Moves, of_symbols_are_their_own) {
  add("A", {sample_of(1, 1, 1), sample_of(2, 1, 1), sample_of(4, 1, 1), sample_of(6, 0, 2)});
  add("B", {sample_of(3, 1, 1), sample_of(5, 1, 1), sample_of(7, 1, 2)});
  EXPECT_THAT(moves(table_, table_.in_time()), ElementsAre(0, 0, 1, 0, 1, 2, 3));
}

TEST_F(Moves, weigh_one_each) {
  add("A", {sample_of(1, 1, 1), sample_of(2, 1, 1), sample_of(3, 1, 1), sample_of(4, 0, 2)});
  const auto weights = sample_weights(table_, table_.in_time(), SampleWeights::move);
  EXPECT_THAT(weights, ElementsAre(1.0F / 3, 1.0F / 3, 1.0F / 3, 1.0F));
}

/// Labels "next" without numbers: each sample is a move.
TEST_F(Moves, that_a_dataset_does_not_tell_are_one_each) {
  std::vector<dataset::Sample> samples;
  for (int i = 0; i < 4; ++i) {
    samples.push_back(sample_of(i, 1, 0));
    samples.back().flow.clear();
  }
  add("A", samples);
  EXPECT_THAT(moves(table_, table_.in_time()), ElementsAre(0, 1, 2, 3));
}

/// Numbers of moves that grow, now and then by more than one.
std::vector<dataset::Sample> random_samples(std::mt19937& random, std::size_t count) {
  std::vector<dataset::Sample> samples;
  std::uint64_t move = 1;
  std::uint8_t direction = 0;
  int second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    second += static_cast<int>(random() % 3);
    if (random() % 3 == 0) {
      move += 1 + random() % 2;
      direction = static_cast<std::uint8_t>(random() % 2);
    }
    samples.push_back(sample_of(second % 60, direction, move));
  }
  std::ranges::stable_sort(samples, {}, &dataset::Sample::time);
  return samples;
}

/// Whether all of a symbol's samples from one to the other have the same move.
bool is_one_move(const SampleTable& table, Indices samples, std::size_t from, std::size_t to) {
  const auto is_alike = [&](std::uint32_t sample) {
    return table.symbol_of(sample) != table.symbol_of(samples[from]) ||
           (table.move_of(sample) == table.move_of(samples[from]) &&
            table.store().class_of(sample) == table.store().class_of(samples[from]));
  };
  return table.symbol_of(samples[to]) == table.symbol_of(samples[from]) &&
         std::ranges::all_of(samples.subspan(from, to - from + 1), is_alike);
}

TEST_F(Moves, agree_with_looking_at_each_pair_of_samples) {
  std::mt19937 random{7};
  for (const std::string symbol : {"A", "B", "C"}) add(symbol, random_samples(random, 40));
  const std::vector<std::uint32_t> in_time = table_.in_time();
  const auto numbers = moves(table_, in_time);
  ASSERT_EQ(numbers.size(), in_time.size());
  std::uint32_t naive_count = 0;
  for (std::size_t to = 0; to < in_time.size(); ++to) {
    bool is_new = true;
    for (std::size_t from = 0; from < to; ++from) {
      const bool is_same = is_one_move(table_, in_time, from, to);
      EXPECT_EQ(numbers[from] == numbers[to], is_same) << from << " and " << to;
      is_new = is_new && !is_same;
    }
    EXPECT_TRUE(!is_new || numbers[to] == naive_count) << to;
    naive_count += is_new ? 1 : 0;
  }
  EXPECT_EQ(std::ranges::max(numbers) + 1, naive_count);
  const auto weights = sample_weights(table_, in_time, SampleWeights::move);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), naive_count, 1e-4);
}

/// Random books with gaps: each change of the mid price that follows the book before it labels
/// some.
TEST_F(Moves, are_the_changes_of_the_mid_price) {
  std::mt19937 random{11};
  std::vector<OrderBook> books;
  int bid = 1000;
  std::uint32_t changes = 0;
  for (int i = 0; i < 400; ++i) {
    const int step = random() % 3 == 0 ? static_cast<int>(random() % 3) - 1 : 0;
    const bool is_gap = i > 0 && random() % 20 == 0;
    bid += step;
    books.push_back(dataset::book(i, bid, bid + 1, is_gap));
    changes += i > 0 && step != 0 && !is_gap ? 1 : 0;
  }
  for (const auto kind : {dataset::LabelRule::Kind::next, dataset::LabelRule::Kind::every}) {
    table_ = {};
    auto samples = dataset::samples_of(books, {.kind = kind});
    for (dataset::Sample& sample : samples) sample.flow.assign(dataset::flow_count, 0.5);
    add("A", samples);
    ASSERT_TRUE(table_.has_moves());
    const auto numbers = moves(table_, table_.in_time());
    EXPECT_EQ(numbers.back() + 1, changes) << static_cast<int>(kind);
  }
}

}  // namespace
}  // namespace obkit::obtrain
