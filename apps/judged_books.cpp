#include "judged_books.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

namespace judged_books {
namespace {

using obkit::UsageError;
using obkit::signals::Polarity;
using obkit::signals::Strategy;
using obkit::signals::StrategyOptions;
using obkit::store::BadLine;

std::string joined(const std::set<std::string>& symbols) {
  std::string text;
  for (const auto& symbol : symbols) text += (text.empty() ? "" : ", ") + symbol;
  return text;
}

std::unique_ptr<obkit::store::InputSequence> follow(const Options& options,
                                                    const std::function<void()>& before_wait) {
  if (options.inputs.size() != 1 || options.inputs.front() == "-")
    throw UsageError{"--follow goes with one day-file or folder; a pipe is live without it"};
  auto how = *options.follow;
  how.symbol = options.symbol;
  how.before_wait = before_wait;
  how.notice = [](const std::string& text) { spdlog::info("{}", text); };
  return obkit::store::follow_day_files(options.inputs.front(), std::move(how));
}

obkit::store::BookStream open_books(const Options& options,
                                    const std::function<void()>& before_wait) {
  const auto bad_line = options.skip_bad ? BadLine::skip : BadLine::refuse;
  if (options.follow)
    return obkit::store::BookStream{follow(options, before_wait), bad_line, before_wait};
  return obkit::store::BookStream{files_of(options), bad_line, before_wait};
}

}  // namespace

void add_input_options(CLI::App& app, InputOptions& options) {
  app.add_option("--symbol", options.symbol,
                 "Take only day-files of this symbol, where there are several");
  app.add_flag("--skip-bad", options.skip_bad,
               "Count and skip malformed lines instead of refusing them");
  app.add_flag("--allow-in-sample", options.allow_in_sample,
               "Do not warn of books that the model was trained on");
}

std::string at_least_one(const std::string& text) {
  return text.starts_with('-') ? "expected at least 1, found " + text : "";
}

std::vector<std::string> files_of(const InputOptions& options) {
  auto files = obkit::store::expand_inputs(options.inputs, obkit::store::FileKind::day_file);
  std::set<std::string> symbols;
  for (const auto& file : files) symbols.insert(obkit::store::symbol_of_day_file(file));
  symbols.erase("");  // a pipe, or a file of another name
  if (options.symbol.empty()) {
    if (symbols.size() > 1)
      throw UsageError{"books of several symbols: " + joined(symbols) +
                       "; choose one with --symbol"};
    return files;
  }
  std::erase_if(files, [&](const std::string& file) {
    const std::string symbol = obkit::store::symbol_of_day_file(file);
    return !symbol.empty() && symbol != options.symbol;
  });
  if (files.empty())
    throw UsageError{"--symbol " + options.symbol + ": the inputs have only " + joined(symbols)};
  return files;
}

ScoredBooks::ScoredBooks(const InputOptions& options, obkit::store::BookStream books,
                         std::span<const StrategyOptions> strategies, std::size_t jobs)
    : judges_{judges_of(options, strategies)},
      books_{std::move(books)},
      warns_{!options.silent},
      warns_of_in_sample_{!options.silent && !options.allow_in_sample},
      score_{[this](auto some, auto scores) { score(some, scores); }},
      best_batch_{best_batch_of(judges_)},
      pending_{best_batch_, judges_.size()} {
  if (jobs > 1) ahead_ = std::make_unique<ScoreAhead>(books_, judges_.size(), score_, jobs);
}

std::vector<ScoredBooks::Judge> ScoredBooks::judges_of(
    const InputOptions& options, std::span<const StrategyOptions> strategies) {
  const auto& inputs = options.inputs;
  const bool reads_pipe = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
  std::vector<Judge> judges;
  for (const auto& each : strategies) {
    if (each.model == "-" && reads_pipe)
      throw UsageError{"standard input cannot be both the model and the books"};
    Strategy strategy{each};
    const obkit::signals::InSampleGuard guard{strategy.trained_on()};
    judges.push_back({.strategy = std::move(strategy), .guard = guard});
  }
  return judges;
}

std::size_t ScoredBooks::best_batch_of(const std::vector<Judge>& judges) {
  std::size_t most = 1;
  for (const Judge& judge : judges) most = std::max(most, judge.strategy.best_batch());
  return most;
}

void ScoredBooks::for_each(Taker taker) {
  taker_ = std::move(taker);
  if (ahead_)
    take_ahead();
  else
    read();
  if (warns_ && wants_more_)
    for (const auto& warning : warnings(books_.report())) spdlog::warn("{}", warning);
}

void ScoredBooks::take_ahead() {
  while (const BookBatch* const batch = wants_more_ ? ahead_->next() : nullptr) give(*batch);
}

void ScoredBooks::read() {
  std::vector<double> scores(judges_.size());
  try {
    while (wants_more_ && books_.next()) {
      if (!should_wait_for_more()) {  // without a copy of the book
        score_({&books_.book(), 1}, scores);
        give(books_.book(), scores);
        continue;
      }
      pending_.add(books_.book());
      if (pending_.is_full()) give_pending();
    }
  } catch (...) {
    give_pending();
    throw;
  }
  give_pending();
}

/// Whether the book that was read should wait for those behind it.
bool ScoredBooks::should_wait_for_more() const {
  return best_batch_ > 1 && (pending_.size() > 0 || books_.holds_line());
}

void ScoredBooks::give_pending() {
  pending_.score(score_);
  try {
    give(pending_);
  } catch (...) {
    pending_.clear();  // none is given twice
    throw;
  }
  pending_.clear();
}

void ScoredBooks::give(const BookBatch& batch) {
  for (std::size_t i = 0; i < batch.size() && wants_more_; ++i)
    give(batch.book(i), batch.scores(i));
  if (wants_more_ && batch.failure()) std::rethrow_exception(batch.failure());
}

void ScoredBooks::give(const obkit::OrderBook& book, std::span<const double> scores) {
  for (Judge& judge : judges_)
    if (judge.guard.is_first_in_sample(book.time) && warns_of_in_sample_)
      spdlog::warn("{} (--allow-in-sample silences this)", judge.guard.warning());
  wants_more_ = taker_(book, scores);
}

void ScoredBooks::score(std::span<const obkit::OrderBook> books, std::span<double> scores) const {
  const std::size_t strategies = judges_.size();
  if (strategies == 1 || books.size() == 1) {  // their scores lie one behind the other
    for (std::size_t i = 0; i < strategies; ++i)
      judges_[i].strategy.score(books, scores.subspan(i, books.size()));
    return;
  }
  std::vector<double> of_one(books.size());
  for (std::size_t i = 0; i < strategies; ++i) {
    judges_[i].strategy.score(books, of_one);
    for (std::size_t k = 0; k < books.size(); ++k) scores[k * strategies + i] = of_one[k];
  }
}

void add_options(CLI::App& app, Options& options) {
  auto& strategy = options.strategy;
  app.add_option("--model", strategy.model, "Judge by this model: P(rise) - P(fall)");
  app.add_option("--rule", strategy.rule,
                 "Judge by a rule; 'imbalance': (bids - asks) / (bids + asks) of the volumes");
  app.add_option("--levels", strategy.levels,
                 "Levels a side of the rule, nearest to the spread (default: all)")
      ->check(at_least_one);
  app.add_option("--threshold", strategy.threshold,
                 "BUY above it, SELL below its negative, else WAIT; 0 to 1")
      ->capture_default_str();
  app.add_flag("--invert", options.invert, "Swap BUY and SELL");
  add_input_options(app, options);
}

JudgedBooks::JudgedBooks(const Options& options, const std::function<void()>& before_wait)
    : threshold_{options.strategy.threshold},
      polarity_{options.invert ? Polarity::inverted : Polarity::normal},
      books_{options,
             open_books(options,
                        [this, before_wait] {
                          books_.give_pending();
                          if (before_wait) before_wait();
                        }),
             std::span{&options.strategy, 1}},
      stop_{options.follow ? options.follow->stop : std::stop_token{}} {}

void JudgedBooks::for_each(const Taker& taker) {
  if (stop_.stop_requested()) return;
  books_.for_each([&](const obkit::OrderBook& book, std::span<const double> scores) {
    const double score = scores.front();
    taker(book, {.score = score, .signal = decide(score, threshold_, polarity_)});
    return !stop_.stop_requested();
  });
}

}  // namespace judged_books
