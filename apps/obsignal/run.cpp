#include "obsignal/run.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/cli/termination.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/order_book.hpp"
#include "obkit/store/input.hpp"

#include "common/book_inputs.hpp"
#include "common/scored_books.hpp"

namespace obkit::obsignal {
namespace {

std::unique_ptr<store::InputSequence> open_followed(const Options& options,
                                                    store::FollowOptions how,
                                                    const std::function<void()>& before_wait) {
  if (options.inputs.size() != 1 || options.inputs.front() == "-")
    throw UsageError{"--follow goes with one day-file or folder; a pipe is live without it"};
  how.symbol = options.symbol;
  how.before_wait = before_wait;
  how.notice = [](const std::string& text) { spdlog::info("{}", text); };
  return store::follow_day_files(options.inputs.front(), std::move(how));
}

std::vector<std::string> files_of_inputs(const Options& options) {
  std::vector<cli::NamedFile> others;
  if (options.strategy.model && options.strategy.model != "-")
    others.push_back({"--model", *options.strategy.model});
  return files_of(options, others, {{"-o", options.output.path}});
}

store::BookStream open_books(const Options& options, const std::vector<std::string>& files,
                             const std::optional<store::FollowOptions>& how,
                             const std::function<void()>& before_wait) {
  const auto bad_line = options.skip_bad ? store::BadLine::skip : store::BadLine::refuse;
  if (how)
    return store::BookStream{open_followed(options, *how, before_wait), bad_line, before_wait};
  return store::BookStream{files, bad_line, before_wait};
}

/// A line tells nothing of prices and volumes.
common::ScoredBooks::Ahead ahead_of(const Options& options, std::vector<std::string> files,
                                    bool is_followed) {
  return {.jobs = is_followed ? 1 : options.jobs.jobs,
          .files = std::move(files),
          .levels = [](const OrderBook&) { return std::size_t{0}; }};
}

/// Books of the inputs, each with the verdict of one strategy.
class JudgedBooks {
 public:
  using Taker = std::function<void(const OrderBook&, const signals::Verdict&)>;

  /// `before_wait` is called each time before it would wait for a book that is not there yet, when
  /// all before it were taken.
  /// Throws as files_of() and ScoredBooks, and UsageError for what cannot be followed.
  JudgedBooks(const Options& options, const std::optional<store::FollowOptions>& how,
              const std::function<void()>& before_wait);

  JudgedBooks(const JudgedBooks&) = delete;
  JudgedBooks& operator=(const JudgedBooks&) = delete;
  ~JudgedBooks() = default;

  /// As ScoredBooks::for_each(), but it ends also when told to stop following.
  void for_each(const Taker& taker);
  /// As refuse_no_book().
  void check_any(const Options& options) const {
    common::refuse_no_book(options.inputs, books_.report());
  }

 private:
  double threshold_;
  signals::Polarity polarity_;
  std::vector<std::string> files_;  ///< none where one is followed
  common::ScoredBooks books_;
  std::stop_token stop_;
};

JudgedBooks::JudgedBooks(const Options& options, const std::optional<store::FollowOptions>& how,
                         const std::function<void()>& before_wait)
    : threshold_{options.strategy.threshold},
      polarity_{options.invert ? signals::Polarity::inverted : signals::Polarity::normal},
      files_{how ? std::vector<std::string>{} : files_of_inputs(options)},
      books_{options,
             open_books(options, files_, how,
                        [this, before_wait] {
                          books_.give_pending();
                          if (before_wait) before_wait();
                        }),
             std::span{&options.strategy, 1}, ahead_of(options, files_, how.has_value())},
      stop_{how ? how->stop : std::stop_token{}} {}

void JudgedBooks::for_each(const Taker& taker) {
  if (stop_.stop_requested()) return;
  books_.for_each([&](const OrderBook& book, std::span<const double> scores) {
    const double score = scores.front();
    taker(book, {.score = score, .signal = decide(score, threshold_, polarity_)});
    return !stop_.stop_requested();
  });
}

using AppendLine = void (*)(std::string&, DateTime, const signals::Verdict&);

AppendLine line_writer(const std::string& format) {
  if (format == "csv") return signals::append_csv_line;
  return format == "text" ? signals::append_text_line : signals::append_json_line;
}

/// How often each signal was given.
class Counts {
 public:
  void add(double score, Signal signal) {
    greatest_ = std::max(greatest_, std::abs(score));
    if (signal == Signal::wait)
      ++wait_;
    else
      ++(signal == Signal::buy ? buy_ : sell_);
  }
  void tell(double threshold) const {
    const std::string books = counted(buy_ + sell_ + wait_, "book");
    spdlog::info("{}: {} BUY, {} SELL, {} WAIT", books, buy_, sell_, wait_);
    if (wait_ > 0 && buy_ + sell_ == 0)
      spdlog::warn("{}", common::no_signal_text(threshold, greatest_));
  }

 private:
  std::uint64_t buy_ = 0, sell_ = 0, wait_ = 0;
  double greatest_ = 0;  ///< score, without sign
};

/// Whether a line tells something new: another signal, or, after a gap, that what was told before
/// it holds no longer.
class ChangeFilter {
 public:
  [[nodiscard]] bool is_new(const OrderBook& book, Signal signal) {
    return std::exchange(before_, signal) != signal || book.gap;
  }

 private:
  std::optional<Signal> before_;
};

void print_signals(JudgedBooks& books, const Options& options, ByteSink& sink) {
  const AppendLine append_line = line_writer(options.format);
  if (options.format == "csv") sink.write(signals::csv_header());
  Counts counts;
  ChangeFilter filter;
  std::string line;
  books.for_each([&](const OrderBook& book, const signals::Verdict& verdict) {
    counts.add(verdict.score, verdict.signal);
    if (options.changes_only && !filter.is_new(book, verdict.signal)) return;
    line.clear();
    append_line(line, book.time, verdict);
    sink.write(line);
  });
  if (!options.follow) books.check_any(options);
  sink.close();
  counts.tell(options.strategy.threshold);
}

/// `follow`: how the one input is followed, if it is; what concerns waiting is set here.
void run_with(const Options& options, std::optional<store::FollowOptions> follow) {
  std::unique_ptr<ByteSink> sink;
  JudgedBooks books{options, std::move(follow), [&] { sink->flush(); }};
  sink = open_sink(options.output.path, options.output.existing());
  try {
    print_signals(books, options, *sink);
  } catch (const DataError&) {
    sink->flush();  // the signals before a bad book were good
    throw;
  }
}

/// Until SIGINT or SIGTERM, or until nobody reads the signals any more.
void run_followed(const Options& options) {
  std::stop_source stop;
  const cli::TerminationWatch watch{[&] {
    if (!stop.request_stop()) cli::die_of(SIGTERM);  // told twice: it hangs on a full pipe
  }};
  store::FollowOptions follow{.stop = stop.get_token()};
  if (options.output.path == "-") follow.pipe = STDOUT_FILENO;
  run_with(options, std::move(follow));
}

}  // namespace

void run(const Options& options) {
  if (options.follow) return run_followed(options);
  cli::let_termination_signals_through();
  run_with(options, std::nullopt);
}

}  // namespace obkit::obsignal
