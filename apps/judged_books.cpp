#include "judged_books.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"

namespace judged_books {
namespace {

using obkit::signals::Polarity;
using obkit::store::BadLine;

obkit::signals::Strategy make_strategy(const Options& options) {
  const auto& inputs = options.inputs;
  if (options.strategy.model == "-" && std::find(inputs.begin(), inputs.end(), "-") != inputs.end())
    throw obkit::UsageError{"standard input cannot be both the model and the books"};
  auto strategy = options.strategy;
  strategy.polarity = options.invert ? Polarity::inverted : Polarity::normal;
  return obkit::signals::Strategy{strategy};
}

/// CLI11 takes "-1" for a very large unsigned number.
std::string at_least_one(const std::string& text) {
  return text.starts_with('-') ? "expected at least 1, found " + text : "";
}

std::unique_ptr<obkit::store::InputSequence> follow(const Options& options,
                                                    const std::function<void()>& before_wait) {
  if (options.inputs.size() != 1 || options.inputs.front() == "-")
    throw obkit::UsageError{"--follow goes with one day-file or folder; a pipe is live without it"};
  auto how = *options.follow;
  how.before_wait = before_wait;
  how.notice = [](const std::string& text) { spdlog::info("{}", text); };
  return obkit::store::follow_day_files(options.inputs.front(), std::move(how));
}

obkit::store::BookStream open_books(const Options& options,
                                    const std::function<void()>& before_wait) {
  const auto bad_line = options.skip_bad ? BadLine::skip : BadLine::refuse;
  if (options.follow)
    return obkit::store::BookStream{follow(options, before_wait), bad_line, before_wait};
  return obkit::store::BookStream{
      obkit::store::expand_inputs(options.inputs, obkit::store::FileKind::day_file), bad_line,
      before_wait};
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
  app.add_flag("--skip-bad", options.skip_bad,
               "Count and skip malformed lines instead of refusing them");
  app.add_flag("--allow-in-sample", options.allow_in_sample,
               "Do not warn of books that the model was trained on");
}

JudgedBooks::JudgedBooks(const Options& options, const std::function<void()>& before_wait)
    : strategy_{make_strategy(options)},
      guard_{strategy_.trained_on()},
      books_{open_books(options, before_wait)},
      stop_{options.follow ? options.follow->stop : std::stop_token{}},
      allow_in_sample_{options.allow_in_sample} {}

bool JudgedBooks::next() {
  if (stop_.stop_requested() || !books_.next(book_)) {
    for (const auto& warning : warnings(books_.report())) spdlog::warn("{}", warning);
    return false;
  }
  if (guard_.is_first_in_sample(book_.time) && !allow_in_sample_)
    spdlog::warn("{} (--allow-in-sample silences this)", guard_.warning());
  verdict_ = strategy_.judge(book_);
  return true;
}

}  // namespace judged_books
