#include "obbacktest/run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

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
  result.execution = listener.execution;
  result.equity = listener.equity;
  if (listener.book) {
    result.book = [&](std::size_t row, const backtest::BookState& state) {
      listener.book(row, state, score);
    };
  }
  return result;
}

/// Thresholds ascend: those that a score is beyond are the first.
void give_signals(const Plan& plan, std::span<const double> scores, std::vector<Signal>& signals) {
  auto row = signals.begin();
  for (const double score : scores) {
    const auto first = plan.thresholds.begin(), last = plan.thresholds.end();
    const auto beyond = std::lower_bound(first, last, std::abs(score));
    row = std::fill_n(row, beyond - first, decide(score, 0, plan.polarity));
    row = std::fill_n(row, last - beyond, Signal::wait);
  }
}

/// Nobody asks for books but the trader, who is at home with few levels.
common::ScoredBooks::Ahead ahead_of(const Plan& plan) {
  common::ScoredBooks::Ahead ahead{.jobs = plan.jobs, .files = plan.files};
  if (plan.trades.files.empty()) ahead.levels = backtest::levels_asked(plan.options);
  return ahead;
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
          backtest::Backtest::Setup{.options = options,
                                    .accounts = plan.rows(),
                                    .funding = plan.funding,
                                    .detail = backtest::Detail::money},
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
  outcome.rows.reserve(plan.rows());
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

store::BookStream open_books(const Plan& plan, common::Meter& meter, store::InputHashes* hashes) {
  using store::BadLine;
  std::unique_ptr<store::InputSequence> inputs =
      std::make_unique<common::Inputs>(plan.files, meter);
  if (hashes != nullptr) inputs = hashes->follow(std::move(inputs));
  return {std::move(inputs), plan.input.skip_bad ? BadLine::skip : BadLine::refuse};
}

std::size_t best_row(const Outcome& outcome) {
  const auto best = std::max_element(
      outcome.rows.begin(), outcome.rows.end(),
      [](const Row& left, const Row& right) { return left.summary.net() < right.summary.net(); });
  return static_cast<std::size_t>(best - outcome.rows.begin());
}

class Run::Implementation {
 public:
  Implementation(const Plan& plan, const Listener& listener)
      : plan_{plan},
        listener_{listener},
        own_meter_{listener.meter == nullptr
                       ? std::make_unique<common::Meter>(plan.files, plan.progress)
                       : nullptr},
        meter_{listener.meter == nullptr ? *own_meter_ : *listener.meter},
        books_{plan.input, open_books(plan, meter_, listener.hashes), plan.strategies,
               ahead_of(plan)},
        engine_{{.options = plan.options, .accounts = plan.rows(), .funding = plan.funding},
                observer(listener_, last_score_)},
        range_{plan},
        trades_{plan.trades, listener.hashes},
        signals_(plan.rows()),
        extent_{plan.strategies.size()} {}

  bool read(std::uint64_t most) {
    const std::uint64_t before = taken_;
    books_.for_some(most, [this](const OrderBook& book, std::span<const double> scores) {
      return take(book, scores);
    });
    engine_.catch_up();
    return taken_ - before == most;
  }
  [[nodiscard]] Outcome finish() {
    books_.for_each([this](const OrderBook& book, std::span<const double> scores) {
      return take(book, scores);
    });
    common::refuse_no_book(plan_.files, books_.report());
    if (count_ == 0) refuse_empty_span();
    engine_.finish();
    range_.finish();
    return outcome();
  }

 private:
  bool take(const OrderBook& book, std::span<const double> scores) {
    ++taken_;
    const auto shown = trades_.until(book);
    if (!plan_.span.contains(book.time)) return true;
    give_signals(plan_, scores, signals_);
    if (listener_.time) listener_.time(book.time);
    engine_.push(book, signals_, shown);
    range_.push(book, signals_, shown);
    last_score_ = scores.front();
    extent_.add(book.time, scores);
    ++count_;
    if (listener_.read) listener_.read(count_, scores);
    show(meter_, count_);
    return true;
  }
  [[nodiscard]] Outcome outcome() const {
    Outcome outcome = outcome_of(plan_, books_, engine_);
    range_.describe(outcome.rows);
    extent_.describe(plan_, outcome);
    outcome.market_trades = trades_.counts();
    if (!plan_.input.silent)
      for (const auto& warning : trades_.warnings()) spdlog::warn("{}", warning);
    return outcome;
  }

  const Plan& plan_;
  Listener listener_;
  std::unique_ptr<common::Meter> own_meter_;  ///< null where others share theirs
  common::Meter& meter_;
  ScoredBooks books_;
  double last_score_ = 0;  ///< of the book that the engine acts on when the next one comes
  backtest::Backtest engine_;
  Range range_;
  MarketTrades trades_;
  std::vector<Signal> signals_;
  std::uint64_t taken_ = 0, count_ = 0;  ///< books; those of the plan's span
  Extent extent_;
};

Run::Run(const Plan& plan, const Listener& listener)
    : implementation_{std::make_unique<Implementation>(plan, listener)} {}
Run::~Run() = default;

bool Run::read(std::uint64_t most) { return implementation_->read(most); }

Outcome Run::finish() { return implementation_->finish(); }

Outcome run(const Plan& plan, const Listener& listener) { return Run{plan, listener}.finish(); }

}  // namespace obkit::obbacktest
