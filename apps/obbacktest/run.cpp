#include "obbacktest/run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/backtest/trade.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

#include "common/book_inputs.hpp"
#include "common/meter.hpp"

namespace obkit::obbacktest {
namespace {

using common::ScoredBooks;

/// `score` is that of the book that is acted on.
backtest::Observer observer(const Listener& listener, const double& score) {
  backtest::Observer result;
  result.trade = listener.trade;
  if (listener.book) {
    result.book = [&](std::size_t row, const backtest::BookState& state) {
      listener.book(row, state, score);
    };
  }
  return result;
}

void give_signals(const Plan& plan, std::span<const double> scores, std::vector<Signal>& signals) {
  std::size_t row = 0;
  for (const double score : scores)
    for (const double threshold : plan.thresholds)
      signals[row++] = decide(score, threshold, plan.polarity);
}

/// A rule is worked out sooner than a thread is told to; a pipe may wait for long.
std::size_t jobs_of(const Plan& plan) {
  const bool has_model =
      std::any_of(plan.strategies.begin(), plan.strategies.end(),
                  [](const auto& strategy) { return strategy.model.has_value(); });
  const bool has_pipe = std::any_of(plan.files.begin(), plan.files.end(), [](const auto& file) {
    return store::ahead_for(file) == store::Ahead::no;
  });
  return has_model && !has_pipe ? plan.jobs : 1;
}

/// Not each book: painting asks for the time.
void show(common::Meter& meter, std::uint64_t count) {
  constexpr std::uint64_t often = 1024;
  if (count % often != 0) return;
  meter.add_books(often);
  meter.paint();
}

/// The same rows with what the fill model cannot know at either end of its range.
class Range {
 public:
  explicit Range(const Plan& plan) {
    const backtest::FillOption* unknown =
        backtest::find_fill_model(plan.options.fill.name)->unknown;
    if (unknown == nullptr) return;
    ends_.emplace();
    for (std::size_t i = 0; i < ends_->size(); ++i) {
      backtest::Options options = plan.options;
      unknown->set(options, i == 0 ? unknown->low : unknown->high);
      ends_->at(i) = std::make_unique<backtest::Backtest>(
          backtest::Backtest::Setup{
              .options = options, .accounts = plan.rows(), .funding = plan.funding},
          backtest::Observer{});
    }
  }

  void push(const OrderBook& book, std::span<const Signal> signals,
            std::span<const obkit::Trade> trades) {
    for_each_end([&](backtest::Backtest& end) { end.push(book, signals, trades); });
  }
  void finish() {
    for_each_end([](backtest::Backtest& end) { end.finish(); });
  }
  void describe(std::vector<Row>& rows) const {
    for (std::size_t row = 0; ends_ && row < rows.size(); ++row) {
      rows[row].summary.net_cancels_behind = ends_->front()->summary(row).net();
      rows[row].summary.net_cancels_ahead = ends_->back()->summary(row).net();
    }
  }

 private:
  template <class Work>
  void for_each_end(Work work) {
    if (!ends_) return;
    try {
      for (const auto& end : *ends_) work(*end);
    } catch (const DataError&) {
      ends_.reset();  // a book is smaller than an order there, which need not bother the run itself
    }
  }

  std::optional<std::array<std::unique_ptr<backtest::Backtest>, 2>> ends_;
};

/// What the books that were read say of the options.
class Extent {
 public:
  explicit Extent(std::size_t strategies) : greatest_(strategies) {}

  void add(DateTime time, std::span<const double> scores) {
    first_ = std::min(first_.value_or(time), time);
    last_ = std::max(last_.value_or(time), time);
    for (std::size_t i = 0; i < scores.size(); ++i)
      greatest_[i] = std::max(greatest_[i], std::abs(scores[i]));
  }
  void describe(const Plan& plan, Outcome& outcome) const {
    outcome.first = first_;
    outcome.last = last_;
    for (std::size_t row = 0; row < plan.rows(); ++row)
      outcome.rows[row].greatest_score = greatest_[plan.strategy_of(row)];
  }

 private:
  std::optional<DateTime> first_, last_;
  std::vector<double> greatest_;  ///< score of each strategy, without sign
};

Outcome outcome_of(const Plan& plan, const ScoredBooks& books, const backtest::Backtest& engine) {
  Outcome outcome;
  for (std::size_t row = 0; row < plan.rows(); ++row) {
    const std::size_t strategy = plan.strategy_of(row);
    backtest::Summary summary = engine.summary(row);
    summary.skipped_lines = books.skipped_lines();
    summary.in_sample_books = books.in_sample_books(strategy);
    outcome.rows.push_back({.summary = std::move(summary)});
    outcome.rows.back().judged = books.judged(strategy);
    if (books.in_sample_books(strategy) > 0)
      outcome.rows.back().in_sample_warning = books.in_sample_warning(strategy);
  }
  return outcome;
}

[[noreturn]] void refuse_empty_span() {
  throw DataError{{.name = "--choose-on"}, "no book lies in a part of the time"};
}

}  // namespace

store::BookStream open_books(const Plan& plan, common::Meter& meter) {
  using store::BadLine;
  return {std::make_unique<common::Inputs>(plan.files, meter),
          plan.input.skip_bad ? BadLine::skip : BadLine::refuse};
}

std::size_t best_row(const Outcome& outcome) {
  const auto best = std::max_element(
      outcome.rows.begin(), outcome.rows.end(),
      [](const Row& left, const Row& right) { return left.summary.net() < right.summary.net(); });
  return static_cast<std::size_t>(best - outcome.rows.begin());
}

Outcome run(const Plan& plan, const Listener& listener, std::uint64_t most_books) {
  common::Meter meter{plan.files, plan.progress};
  ScoredBooks books{plan.input, open_books(plan, meter), plan.strategies, jobs_of(plan)};
  double last_score = 0;  // of the book that the engine acts on when the next one comes
  backtest::Backtest engine{
      {.options = plan.options, .accounts = plan.rows(), .funding = plan.funding},
      observer(listener, last_score)};
  Range range{plan};
  MarketTrades trades{plan.trades};
  std::vector<Signal> signals(plan.rows());
  std::uint64_t count = 0;
  Extent extent{plan.strategies.size()};
  books.for_each([&](const OrderBook& book, std::span<const double> scores) {
    const auto shown = trades.until(book);
    if (!plan.span.contains(book.time)) return true;
    give_signals(plan, scores, signals);
    engine.push(book, signals, shown);
    range.push(book, signals, shown);
    last_score = scores.front();
    extent.add(book.time, scores);
    ++count;
    if (listener.read) listener.read(count);
    show(meter, count);
    return count < most_books;
  });
  common::refuse_no_book(plan.files, books.report());
  if (count == 0) refuse_empty_span();
  engine.finish();
  range.finish();
  Outcome outcome = outcome_of(plan, books, engine);
  range.describe(outcome.rows);
  extent.describe(plan, outcome);
  outcome.market_trades = trades.counts();
  if (!plan.input.silent)
    for (const auto& warning : trades.warnings()) spdlog::warn("{}", warning);
  return outcome;
}

namespace {

/// Trades closed so far.
struct Closed {
  std::uint64_t count = 0;
  std::size_t hash = 0;

  bool operator==(const Closed&) const = default;
};

/// What was closed when the book before each cut had been read, of a run over the first
/// `most_books` books. What the end closes is not among it.
std::map<std::uint64_t, Closed> closed_at(const Plan& plan, const std::vector<std::uint64_t>& cuts,
                                          std::uint64_t most_books) {
  std::map<std::uint64_t, Closed> result;
  Closed closed;
  std::string line;
  Listener listener;
  listener.trade = [&](std::size_t row, const backtest::Trade& trade) {
    line = std::to_string(row);
    append_json_line(line, trade);
    line += std::to_string(closed.hash);
    closed = {.count = closed.count + 1, .hash = std::hash<std::string>{}(line)};
  };
  listener.read = [&](std::uint64_t books) {
    if (std::binary_search(cuts.begin(), cuts.end(), books)) result[books] = closed;
  };
  (void)run(plan, listener, most_books);
  return result;
}

/// Sorted; the same for the same number of books.
std::vector<std::uint64_t> random_cuts(std::uint64_t books) {
  constexpr int count = 8;
  std::vector<std::uint64_t> cuts;
  std::mt19937_64 random{books};
  for (int i = 0; i < count && books > 1; ++i) cuts.push_back(1 + random() % (books - 1));
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

}  // namespace

std::size_t check_lookahead(const Plan& plan, std::uint64_t books) {
  Plan again = plan;
  again.input.silent = true;
  const auto cuts = random_cuts(books);
  const auto whole = closed_at(again, cuts, books);
  for (const std::uint64_t cut : cuts) {
    const Closed past = closed_at(again, cuts, cut).at(cut);
    if (const Closed& of_whole = whole.at(cut); past != of_whole) {
      throw std::logic_error{"the future changes the past: of the first " + std::to_string(cut) +
                             " books alone " + std::to_string(past.count) +
                             " trades are closed, with those behind " +
                             std::to_string(of_whole.count) + ", or others"};
    }
  }
  return cuts.size();
}

}  // namespace obkit::obbacktest
