// Labels against the definition, written down as it is said: for each book look through all later
// ones. And the future: nothing behind a label's window changes a byte of the sample.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "obkit/core/number.hpp"
#include "obkit/dataset/labeller.hpp"

#include "books.hpp"

namespace obkit::dataset {
namespace {

using Random = std::mt19937;

int pick(Random& random, int count) {
  return static_cast<int>(random() % static_cast<unsigned>(count));
}

/// Prices walk; times stand still, go on, leap over a horizon and sometimes go back.
std::vector<OrderBook> random_books(Random& random, int count) {
  constexpr std::array steps{0, 0, 0, 1, 1, 2, 7, 40, -1, -9};
  const int gap_every = 3 + pick(random, 40);
  const int stillness = 1 + pick(random, 6);
  std::vector<OrderBook> books;
  int ms = pick(random, 500) - 250, bid = 1000, ask = 1005;
  for (int i = 0; i < count; ++i) {
    ms = std::max(ms + steps.at(static_cast<std::size_t>(pick(random, steps.size()))), -1000);
    if (pick(random, stillness) == 0) bid += pick(random, 5) - 2;
    if (pick(random, stillness) == 0) ask += pick(random, 5) - 2;
    books.push_back(book(ms, bid, ask, pick(random, gap_every) == 0));
    books.back().volumes[1] = i;
  }
  return books;
}

struct Rule {
  std::string label, flat = {}, tick = {};
  int band = -1;  ///< how much a double mid price may move within it, in tenths; -1: there is none
};

LabelRule parse(const Rule& rule) { return parse_label_rule(rule.label, rule.flat, rule.tick); }

std::vector<Rule> rules() {
  std::vector<Rule> all{{"none"}, {"next"}, {"every"}};
  for (const char* label : {"next", "every"}) all.push_back({label, "1.5ticks", "0.1", 3});
  for (const char* label : {"horizon=1", "horizon=3", "horizon=17", "horizon=1ms", "horizon=7ms",
                            "horizon=50ms", "mean=1", "mean=3", "mean=16"}) {
    all.push_back({label});
    all.push_back({label, "0bp", "", 0});
    all.push_back({label, "1tick", "0.1", 2});
    all.push_back({label, "0.25ticks", "0.2", 1});
  }
  return all;
}

/// A sample by definition, and the book that completes what must be known for it.
struct Expected {
  std::string line;
  std::size_t window_end;
};

long double_mid(const OrderBook& book) {
  return static_cast<long>((book.prices[0].units() + book.prices[1].units()) / 100'000'000);
}

/// The book to compare with and the end of the window; empty where the rule finds none.
std::optional<std::pair<std::size_t, std::size_t>> window(const std::vector<OrderBook>& books,
                                                          std::size_t i, const LabelRule& rule) {
  if (rule.kind == LabelRule::Kind::none) return std::pair{i, i};
  std::size_t begin = i, end = i + 1;  // of the run
  while (begin > 0 && !books[begin].gap) --begin;
  while (end < books.size() && !books[end].gap) ++end;
  const auto clock = [&](std::size_t at) {
    DateTime latest = books[begin].time;
    for (std::size_t k = begin; k <= at; ++k) latest = std::max(latest, books[k].time);
    return *to_timestamp(latest);
  };
  for (std::size_t k = i + 1; k < end; ++k) {
    const bool other = double_mid(books[k]) != double_mid(books[i]);
    const auto horizon = rule.horizon;
    switch (rule.kind) {
      case LabelRule::Kind::none:
        break;
      case LabelRule::Kind::next:
        return other ? std::optional{std::pair{k, k}} : std::nullopt;
      case LabelRule::Kind::every:
        if (other) return std::pair{k, k};
        break;
      case LabelRule::Kind::books:
      case LabelRule::Kind::mean:
        if (k == i + static_cast<std::size_t>(horizon)) return std::pair{k, k};
        break;
      case LabelRule::Kind::milliseconds:
        if (clock(k) > clock(i) + std::chrono::milliseconds{horizon}) return std::pair{k - 1, k};
        break;
    }
  }
  return std::nullopt;
}

/// Of the double mid price from book `i` to `to`, or to the mean of all behind `i` up to there:
/// times their number, and that number.
std::pair<long, long> move_of(const std::vector<OrderBook>& books, std::size_t i, std::size_t to,
                              const LabelRule& rule) {
  if (rule.kind != LabelRule::Kind::mean) return {double_mid(books[to]) - double_mid(books[i]), 1};
  long move = 0;
  for (std::size_t k = i + 1; k <= to; ++k) move += double_mid(books[k]) - double_mid(books[i]);
  return {move, rule.horizon};
}

std::vector<Expected> naive(const std::vector<OrderBook>& books, const Rule& rule) {
  const LabelRule parsed = parse(rule);
  std::vector<Expected> all;
  for (std::size_t i = 0; i < books.size(); ++i) {
    const auto found = window(books, i, parsed);
    if (!found) continue;
    // Multiplied by how many prices it is a mean of.
    const auto [move, count] = move_of(books, i, found->first, parsed);
    const bool flat = rule.band >= 0 && std::abs(move) <= rule.band * count;
    const bool has_label = rule.label != "none";
    if (move == 0 && !flat && has_label) continue;
    const int direction = !has_label ? unlabelled : flat ? 2 : move > 0 ? 1 : 0;
    all.push_back(
        {.line =
             line_of({.volumes = books[i].volumes,
                      .direction = static_cast<std::uint8_t>(direction),
                      .time = books[i].time,
                      .label = rule.label == "next" && rule.flat.empty() ? "" : to_string(parsed)}),
         .window_end = found->second});
  }
  return all;
}

std::vector<std::string> lines(const std::vector<Expected>& expected, std::size_t window_end) {
  std::vector<std::string> result;
  for (const Expected& sample : expected)
    if (sample.window_end <= window_end) result.push_back(sample.line);
  return result;
}

TEST(Labeller, agrees_with_the_definition_on_random_books_for_every_rule) {
  Random random{1};
  std::size_t samples = 0;
  for (int round = 0; round < 40; ++round) {
    const auto books = random_books(random, 1 + pick(random, 120));
    for (const Rule& rule : rules()) {
      const auto expected = lines(naive(books, rule), books.size());
      samples += expected.size();
      ASSERT_EQ(lines_of(samples_of(books, parse(rule))), expected)
          << "round " << round << ", " << to_string(parse(rule));
    }
  }
  EXPECT_GT(samples, 10'000U);  // the comparison is of something
}

TEST(Labeller, no_future_changes_a_sample_whose_window_is_past) {
  Random random{2};
  std::size_t samples = 0;
  for (int round = 0; round < 40; ++round) {
    const auto books = random_books(random, 2 + pick(random, 120));
    const auto cut = static_cast<std::size_t>(pick(random, static_cast<int>(books.size())));
    auto altered = books;
    const auto future = random_books(random, pick(random, 200));
    altered.resize(cut + 1);
    altered.insert(altered.end(), future.begin(), future.end());
    for (const Rule& rule : rules()) {
      const auto past = lines(naive(books, rule), cut);
      samples += past.size();
      for (const auto& stream : {books, altered}) {
        const auto made = lines_of(samples_of(stream, parse(rule)));
        ASSERT_GE(made.size(), past.size());
        ASSERT_TRUE(std::equal(past.begin(), past.end(), made.begin()))
            << "round " << round << ", " << to_string(parse(rule));
      }
    }
  }
  EXPECT_GT(samples, 10'000U);
}

TEST(Labeller, samples_are_the_same_lines_whether_volumes_come_as_numbers_or_as_text) {
  Random random{3};
  std::size_t samples = 0;
  for (int round = 0; round < 40; ++round) {
    auto books = random_books(random, 1 + pick(random, 120));
    for (OrderBook& each : books) each.volumes[0] = pick(random, 1 << pick(random, 30));
    for (const Rule& rule : rules()) {
      Labeller labeller{parse(rule), {.folder = "/var/tmp", .memory_bytes = 150}};
      std::vector<std::string> lines;
      for (const OrderBook& each : books) {
        std::string text;
        if (pick(random, 4) > 0) {
          append_number(text, each.volumes[0]);
          text += ',';
          append_number(text, each.volumes[1]);
        }
        labeller.push(each, 0, text);
        for (Sample sample; labeller.take(sample);) lines.push_back(line_of(sample));
      }
      ASSERT_EQ(lines, lines_of(samples_of(books, parse(rule)))) << "round " << round;
      samples += lines.size();
    }
  }
  EXPECT_GT(samples, 10'000U);
}

}  // namespace
}  // namespace obkit::dataset
