#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "obkit/backtest/backtest.hpp"
#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

inline Price price(const std::string& text) { return parse_price(text).value(); }

/// Two levels a side: `bid` and one below, `ask` and one above.
inline OrderBook make_book(int second, const std::string& bid, const std::string& ask,
                           std::vector<double> volumes = {10, 10, 10, 10}) {
  const Price one = price("1");
  OrderBook book;
  book.time = {.date = 20240808, .time = second * 1000};
  book.prices = {price(bid) - one, price(bid), price(ask), price(ask) + one};
  book.volumes = std::move(volumes);
  return book;
}

/// Of the day of make_book(), so many milliseconds after midnight.
inline OrderBook at_millisecond(int millisecond, OrderBook book) {
  book.time.time = millisecond;
  return book;
}

inline OrderBook after_gap(OrderBook book) {
  book.gap = true;
  return book;
}

struct Step {
  OrderBook book;
  Signal signal = Signal::wait;
  std::vector<obkit::Trade> trades = {};  ///< since the book before
};

inline obkit::Trade trade_at(const std::string& at, double volume,
                             std::optional<Aggressor> aggressor, const std::string& off = {}) {
  return {.price = price(at), .volume = volume, .aggressor = aggressor, .off = off};
}

inline constexpr Signal buy = Signal::buy, sell = Signal::sell, wait = Signal::wait;

/// What trading makes of them is worked out on paper, in each test.
inline const std::vector<Step> five_books{{make_book(0, "100", "101"), wait},
                                          {make_book(1, "102", "103"), buy},
                                          {make_book(2, "104", "106"), buy},
                                          {make_book(3, "105", "106"), sell},
                                          {make_book(4, "101", "102"), buy}};

struct Outcome {
  std::vector<Trade> trades;
  Summary summary;
};

inline std::string lines(const std::vector<Trade>& trades) {
  std::string text;
  for (const Trade& trade : trades) append_json_line(text, trade);
  return text;
}

inline Outcome run(const std::vector<Step>& steps, const Options& options) {
  Outcome outcome;
  Backtest backtest{{.options = options}, {.trade = [&](std::size_t, const Trade& trade) {
                      outcome.trades.push_back(trade);
                    }}};
  for (const auto& [book, signal, trades] : steps)
    backtest.push(book, std::span{&signal, 1}, trades);
  backtest.finish();
  outcome.summary = backtest.summary();
  return outcome;
}

/// A random walk in half ticks of thin, uncrossed books with random signals and a gap now and then.
inline std::vector<Step> random_market(std::uint32_t seed, int books) {
  std::mt19937 random{seed};
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  int ticks = 2000;
  std::vector<Step> steps;
  for (int i = 0; i < books; ++i) {
    ticks += below(5) - 2;
    const Price bid = Price::from_units(std::int64_t{ticks} * 500'000'000, 1);
    const Price ask = bid + Price::from_units((1 + below(3)) * std::int64_t{500'000'000}, 1);
    Step step{.book = make_book(i % 60, to_string(bid), to_string(ask)),
              .signal = static_cast<Signal>(below(3) - 1)};
    for (double& volume : step.book.volumes) volume = 0.5 + below(4);
    step.book.volumes.front() = step.book.volumes.back() = 100;
    step.book.gap = below(20) == 0;
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace obkit::backtest
