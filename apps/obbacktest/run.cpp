#include "run.hpp"

#include <algorithm>
#include <memory>
#include <span>

#include "obkit/store/input.hpp"

#include "../meter.hpp"

namespace obbacktest {
namespace {

namespace backtest = obkit::backtest;
using judged_books::ScoredBooks;

/// `score` is that of the book that is acted on.
backtest::Observer observer(const Listener& listener, const double& score) {
  backtest::Observer result;
  result.trade = listener.trade;
  if (listener.book) {
    result.book = [&](std::size_t row, const backtest::BookState& state) {
      if (row == 0) listener.book(state, score);
    };
  }
  return result;
}

void give_signals(const Plan& plan, std::span<const double> scores,
                  std::vector<obkit::Signal>& signals) {
  std::size_t row = 0;
  for (const double score : scores)
    for (const double threshold : plan.thresholds)
      signals[row++] = decide(score, threshold, plan.polarity);
}

obkit::store::BookStream open_books(const Plan& plan, metered::Meter& meter) {
  using obkit::store::BadLine;
  return {std::make_unique<metered::Inputs>(plan.files, meter),
          plan.input.skip_bad ? BadLine::skip : BadLine::refuse};
}

/// A rule is worked out sooner than a thread is told to; a pipe may wait for long.
std::size_t jobs_of(const Plan& plan) {
  const bool has_model =
      std::any_of(plan.strategies.begin(), plan.strategies.end(),
                  [](const auto& strategy) { return strategy.model.has_value(); });
  const bool has_pipe = std::any_of(plan.files.begin(), plan.files.end(), [](const auto& file) {
    return obkit::store::ahead_for(file) == obkit::store::Ahead::no;
  });
  return has_model && !has_pipe ? plan.jobs : 1;
}

/// Not each book: painting asks for the time.
void show(metered::Meter& meter, std::uint64_t count) {
  constexpr std::uint64_t often = 1024;
  if (count % often != 0) return;
  meter.add_books(often);
  meter.paint();
}

Outcome outcome_of(const Plan& plan, const ScoredBooks& books, const backtest::Backtest& engine) {
  Outcome outcome{.rows = {}, .skipped_lines = books.skipped_lines()};
  for (std::size_t row = 0; row < plan.rows(); ++row) {
    const std::size_t strategy = plan.strategy_of(row);
    const auto in_sample = books.in_sample_books(strategy);
    outcome.rows.push_back(
        {.summary = engine.summary(row),
         .in_sample_books = in_sample,
         .in_sample_warning = in_sample > 0 ? books.in_sample_warning(strategy) : ""});
  }
  return outcome;
}

}  // namespace

Outcome run(const Plan& plan, const Listener& listener, std::uint64_t most_books) {
  metered::Meter meter{plan.files, plan.progress};
  ScoredBooks books{plan.input, open_books(plan, meter), plan.strategies, jobs_of(plan)};
  double last_score = 0;  // of the book that the engine acts on when the next one comes
  backtest::Backtest engine{
      {.options = plan.options, .accounts = plan.rows(), .funding = plan.funding},
      observer(listener, last_score)};
  std::vector<obkit::Signal> signals(plan.rows());
  std::uint64_t count = 0;
  books.for_each([&](const obkit::OrderBook& book, std::span<const double> scores) {
    give_signals(plan, scores, signals);
    engine.push(book, signals);
    last_score = scores.front();
    ++count;
    if (listener.read) listener.read(count);
    show(meter, count);
    return count < most_books;
  });
  engine.finish();
  return outcome_of(plan, books, engine);
}

}  // namespace obbacktest
