#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include <CLI/CLI.hpp>

#include "obkit/core/order_book.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/follow.hpp"

#include "scored_books.hpp"

namespace judged_books {

/// What obsignal judges by.
struct Options : InputOptions {
  obkit::signals::StrategyOptions strategy;
  bool invert = false;
  /// The one input is followed so; of these options, what concerns waiting is set by JudgedBooks.
  std::optional<obkit::store::FollowOptions> follow = std::nullopt;
};

/// All but the inputs. `options` must outlive the parsing.
void add_options(CLI::App& app, Options& options);

/// Books of the inputs, each with the verdict of one strategy.
class JudgedBooks {
 public:
  using Taker = std::function<void(const obkit::OrderBook&, const obkit::signals::Verdict&)>;

  /// `before_wait` is called each time before it would wait for a book that is not there yet, when
  /// all before it were taken.
  /// Throws as files_of() and ScoredBooks, and UsageError for what cannot be followed.
  explicit JudgedBooks(const Options& options, const std::function<void()>& before_wait = {});

  JudgedBooks(const JudgedBooks&) = delete;
  JudgedBooks& operator=(const JudgedBooks&) = delete;
  ~JudgedBooks() = default;

  /// As ScoredBooks::for_each(), but it ends also when told to stop following.
  void for_each(const Taker& taker);

 private:
  double threshold_;
  obkit::signals::Polarity polarity_;
  ScoredBooks books_;
  std::stop_token stop_;
};

}  // namespace judged_books
