#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "obkit/neural/samples.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/book_line.hpp"
#include "obkit/store/day_file_reader.hpp"

#include "model_file.hpp"
#include "support/memory_source.hpp"
#include "support/random_models.hpp"
#include "tiny_model.hpp"

namespace obkit::signals {
namespace {

constexpr std::size_t depth = 10, books = 40;

/// Scores as bits: 0 and -0 differ.
using Scores = std::vector<std::uint64_t>;

std::vector<std::vector<double>> random_books() {
  std::mt19937 random{5};
  std::vector<std::vector<double>> volumes(books);
  for (auto& each : volumes) each = neural::random_volumes(random, depth);
  return volumes;
}

std::string as_day_file(const std::vector<std::vector<double>>& volumes) {
  std::string text;
  for (const auto& each : volumes) {
    const OrderBook book = book_of(each);
    store::append_book_line(text, {.time = book.time}, book);
  }
  return text;
}

/// As obsignal and obbacktest judge books that come in blocks of so many bytes at most.
Scores judged(const Strategy& strategy, const std::string& text, std::size_t block) {
  store::DayFileReader reader{memory(text, block), "books", store::BadLine::refuse};
  Scores scores;
  for (OrderBook book; reader.next(book);)
    scores.push_back(std::bit_cast<std::uint64_t>(strategy.judge(book).score));
  return scores;
}

/// Some books at a time, as obsignal and obbacktest judge those that are there already.
Scores some_at_once(const Strategy& strategy, const std::vector<std::vector<double>>& volumes,
                    std::size_t most) {
  std::vector<OrderBook> all;
  for (const auto& each : volumes) all.push_back(book_of(each));
  std::vector<double> found(all.size());
  for (std::size_t begin = 0; begin < all.size(); begin += most) {
    const std::size_t count = std::min(most, all.size() - begin);
    strategy.score(Books{std::span{all}.subspan(begin, count)},
                   std::span{found}.subspan(begin, count));
  }
  Scores scores;
  for (const double score : found) scores.push_back(std::bit_cast<std::uint64_t>(score));
  return scores;
}

/// All books at once, as obtrain judges samples.
Scores in_batch(const neural::Model& model, const std::vector<std::vector<double>>& volumes) {
  neural::SampleSegment segment;
  for (const auto& each : volumes) segment.add(each, 0);
  neural::SampleStore samples;
  samples.add(std::move(segment));
  std::vector<std::uint32_t> order(samples.size());
  std::iota(order.begin(), order.end(), 0U);
  const neural::Matrix p = model.predict({.store = &samples, .order = order});
  Scores scores;
  for (neural::Index i = 0; i < p.cols(); ++i)
    scores.push_back(std::bit_cast<std::uint64_t>(double{p(1, i)} - double{p(0, i)}));
  return scores;
}

class SameBits : public testing::TestWithParam<std::size_t> {};

TEST_P(SameBits, has_a_book_in_a_file_in_a_pipe_alone_and_in_a_batch_whatever_the_model) {
  const auto volumes = random_books();
  const std::string text = as_day_file(volumes);
  for (const neural::ModelParts& parts : neural::varied_models(GetParam(), depth)) {
    const neural::Model model{parts};
    const ModelFile file{model};
    const Strategy strategy{{.model = file.path()}};
    const Scores scores = judged(strategy, text, 1 << 20);
    ASSERT_EQ(scores.size(), books);
    EXPECT_EQ(judged(strategy, text, 7), scores);
    for (const std::size_t most : {std::size_t{1}, std::size_t{7}, strategy.best_batch(), books})
      EXPECT_EQ(some_at_once(strategy, volumes, most), scores) << most;
    EXPECT_EQ(in_batch(model, volumes), scores)
        << to_string(parts.transform.kind())
        << (parts.mirror == neural::Mirror::on ? ", mirror" : "");
    const OrderBook last = book_of(volumes.back());
    EXPECT_EQ(std::bit_cast<std::uint64_t>(strategy.judge(last).score), scores.back())
        << "whatever came before";
  }
}

INSTANTIATE_TEST_SUITE_P(Members, SameBits, testing::Values(1, 2, 5),
                         [](const auto& members) { return "of_" + std::to_string(members.param); });

}  // namespace
}  // namespace obkit::signals
