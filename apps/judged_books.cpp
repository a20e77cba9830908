#include "judged_books.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

namespace judged_books {
namespace {

using obkit::UsageError;
using obkit::signals::Polarity;
using obkit::store::BadLine;

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
