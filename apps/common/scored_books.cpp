#include "common/scored_books.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/input.hpp"

namespace obkit::common {

std::string no_signal_text(double threshold, double greatest) {
  return fmt::format("no score is beyond the threshold {}: the greatest is {:.4g}, without sign",
                     obkit::to_text(threshold), greatest);
}

namespace {

constexpr std::size_t batch_size = 128;

}  // namespace

ScoreAhead::ScoreAhead(BooksWithFlow& books, std::size_t strategies, Score score, std::size_t jobs,
                       std::uint64_t most)
    : books_{books},
      left_{most},
      score_{std::move(score)},
      slots_(2 * jobs + 1, Slot{.batch = BookBatch{batch_size, strategies}}) {
  for (std::size_t i = 0; i < jobs; ++i) threads_.emplace_back([this] { work(); });
}

ScoreAhead::~ScoreAhead() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

const BookBatch* ScoreAhead::next() {
  std::unique_lock lock{mutex_};
  if (taken_ != nullptr) {
    if (taken_->is_last) return nullptr;
    taken_->is_ready = false;
    ++first_;
    changed_.notify_all();
  }
  taken_ = &slot(first_);
  changed_.wait(lock, [this] { return taken_->is_ready; });
  return &taken_->batch;
}

void ScoreAhead::work() {
  while (Slot* const claimed = claim()) {
    claimed->batch.score(score_);
    const std::lock_guard lock{mutex_};
    claimed->is_ready = true;
    changed_.notify_all();
  }
}

ScoreAhead::Slot* ScoreAhead::claim() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] {
    return stopped_ || is_all_read_ || (!is_reading_ && claimed_ < first_ + slots_.size());
  });
  if (stopped_ || is_all_read_) return nullptr;
  Slot& claimed = slot(claimed_++);
  is_reading_ = true;
  lock.unlock();
  read(claimed);
  lock.lock();
  is_reading_ = false;
  is_all_read_ = claimed.is_last;
  changed_.notify_all();
  return &claimed;
}

void ScoreAhead::read(Slot& slot) {
  slot.batch.clear();
  try {
    for (; !slot.batch.is_full() && left_ > 0 && books_.next(); --left_)
      slot.batch.add(books_.book(), books_.flow());
  } catch (...) {
    slot.batch.fail(std::current_exception());
  }
  slot.is_last = !slot.batch.is_full() || left_ == 0;
}

using obkit::UsageError;
using obkit::signals::Strategy;
using obkit::signals::StrategyOptions;

namespace {

/// A pipe may wait for long.
bool has_pipe(std::span<const std::string> files) {
  return std::ranges::any_of(files, [](const std::string& file) {
    return obkit::store::ahead_for(file) == obkit::store::Ahead::no;
  });
}

/// A rule is worked out sooner than a thread is told to.
bool takes_long(std::span<const StrategyOptions> strategies) {
  return std::ranges::any_of(
      strategies, [](const StrategyOptions& each) { return each.model.has_value() || each.own; });
}

/// What Strategy refuses, too, in the words of the command line.
void check_choice(const StrategyOptions& options) {
  if (options.own) return;
  if (options.model.has_value() == options.rule.has_value())
    throw UsageError{"expected either --model FILE or --rule imbalance, found " +
                     std::string{options.model ? "both" : "neither"}};
  if (options.model && options.levels)
    throw UsageError{"--levels goes with --rule: a model takes all levels that it was trained on"};
}

}  // namespace

ScoredBooks::ScoredBooks(const BookInputs& options, obkit::store::BookStream books,
                         std::span<const StrategyOptions> strategies, const Ahead& ahead)
    : judges_{judges_of(options, strategies)},
      books_{std::move(books), takes_flow(judges_)},
      warns_{!options.silent},
      warns_of_in_sample_{!options.silent && !options.allow_in_sample},
      score_{[this](auto some, auto scores) { score(some, scores); }},
      best_batch_{best_batch_of(judges_)},
      pending_{best_batch_, judges_.size()},
      bad_line_{options.skip_bad ? obkit::store::BadLine::skip : obkit::store::BadLine::refuse},
      jobs_{has_pipe(ahead.files) ? 1 : ahead.jobs},
      takes_long_{takes_long(strategies)},
      may_read_days_{jobs_ > 1 && ahead.files.size() > 1 && ahead.levels && !takes_flow(judges_)},
      levels_{ahead.levels} {}

std::vector<ScoredBooks::Judge> ScoredBooks::judges_of(
    const BookInputs& options, std::span<const StrategyOptions> strategies) {
  const auto& inputs = options.inputs;
  const bool reads_pipe = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
  std::vector<Judge> judges;
  for (const auto& each : strategies) {
    if (each.model == "-" && reads_pipe)
      throw UsageError{"standard input cannot be both the model and the books"};
    check_choice(each);
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

bool ScoredBooks::takes_flow(const std::vector<Judge>& judges) {
  return std::ranges::any_of(judges,
                             [](const Judge& judge) { return judge.strategy.takes_flow(); });
}

void ScoredBooks::for_some(std::uint64_t most, Taker taker) {
  taker_ = std::move(taker);
  const bool is_all = most == std::numeric_limits<std::uint64_t>::max();
  if (std::exchange(may_read_days_, false) && is_all) read_days();
  if (days_ != nullptr)
    take_days();
  else if (jobs_ > 1 && takes_long_)
    take_ahead(most);
  else
    read(most);
}

void ScoredBooks::warn_of_end() const {
  // Without a book it is an error, which says the same.
  if (!warns_ || !wants_more_ || books_.report().books == 0) return;
  for (const auto& warning : warnings(books_.report())) spdlog::warn("{}", warning);
  const auto& empty = books_.without_books();
  if (!empty.empty())
    spdlog::warn(
        "{}{}: no book is there", empty.front(),
        empty.size() > 1 ? " and " + obkit::counted(empty.size() - 1, "further input") : "");
}

void ScoredBooks::read_days() {
  books_.wrap_inputs([this](auto inputs) {
    auto days =
        std::make_unique<DaysAhead>(std::move(inputs), DaysAhead::How{.jobs = jobs_,
                                                                      .bad_line = bad_line_,
                                                                      .strategies = judges_.size(),
                                                                      .best_batch = best_batch_,
                                                                      .score = score_,
                                                                      .levels = levels_});
    days_ = days.get();
    return days;
  });
}

void ScoredBooks::take_days() {
  while (wants_more_ && books_.next()) give(books_.book(), days_->scores());
}

void ScoredBooks::take_ahead(std::uint64_t most) {
  ScoreAhead ahead{books_, judges_.size(), score_, jobs_, most};
  while (const BookBatch* const batch = wants_more_ ? ahead.next() : nullptr) give(*batch);
}

void ScoredBooks::read(std::uint64_t most) {
  std::vector<double> scores(judges_.size());
  try {
    for (; wants_more_ && most > 0 && books_.next(); --most) {
      if (!should_wait_for_more()) {  // without a copy of the book
        score_(books_.as_books(), scores);
        give(books_.book(), scores);
        continue;
      }
      pending_.add(books_.book(), books_.flow());
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

std::string text_of(const Judged& judged) {
  return (judged.model.empty() ? "no model, which would need a past," : judged.model) + " judged " +
         obkit::counted(judged.books, "book") + ", from " + format_iso(judged.first) + " to " +
         format_iso(judged.last);
}

namespace {

/// Counts a book in the stretch of its model.
void count(std::vector<Judged>& judged, const obkit::signals::ModelSeries& series,
           obkit::DateTime time) {
  const auto index = series.judge_of(time);
  const std::string model = index ? series.models()[*index].name : "";
  if (judged.empty() || judged.back().model != model)
    judged.push_back({.model = model, .first = time});
  ++judged.back().books;
  judged.back().last = time;
}

}  // namespace

void ScoredBooks::give(const obkit::OrderBook& book, std::span<const double> scores) {
  for (Judge& judge : judges_)
    if (const auto* const series = judge.strategy.series()) count(judge.judged, *series, book.time);
  for (Judge& judge : judges_)
    if (judge.guard.is_first_in_sample(book.time) && warns_of_in_sample_)
      spdlog::warn("{} (--allow-in-sample silences this)", judge.guard.warning());
  wants_more_ = taker_(book, scores);
}

void ScoredBooks::score(const obkit::signals::Books& books, std::span<double> scores) const {
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

}  // namespace obkit::common
