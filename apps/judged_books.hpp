#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "obkit/core/order_book.hpp"
#include "obkit/signals/in_sample.hpp"
#include "obkit/signals/strategy.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/follow.hpp"

/// What obsignal and obbacktest share, so that live and backtest agree by construction: the same
/// options, the same books, the same verdicts, the same warnings.
namespace judged_books {

struct Options {
  std::vector<std::string> inputs{"-"};
  bool skip_bad = false;
  obkit::signals::StrategyOptions strategy;
  bool invert = false;
  bool allow_in_sample = false;
  /// The one input is followed so; of these options, what concerns waiting is set by JudgedBooks.
  std::optional<obkit::store::FollowOptions> follow = std::nullopt;
};

/// All but the inputs. `options` must outlive the parsing.
void add_options(CLI::App& app, Options& options);

/// Books of the inputs, each with the verdict of the strategy. Warns of books in sample when it
/// meets the first.
class JudgedBooks {
 public:
  /// `before_wait` is called each time before it would wait for a book that is not there yet.
  /// Throws UsageError for options that make no sense, IoError, and DataError for the model file.
  explicit JudgedBooks(const Options& options, const std::function<void()>& before_wait = {});

  /// False at the end, or when told to stop following, having warned of what the reader met. Throws
  /// DataError, IoError, and
  /// UsageError where the strategy does not fit the books.
  [[nodiscard]] bool next();

  [[nodiscard]] const obkit::OrderBook& book() const { return book_; }
  [[nodiscard]] const obkit::signals::Verdict& verdict() const { return verdict_; }
  /// Books so far that the model was trained on.
  [[nodiscard]] std::uint64_t in_sample_books() const { return guard_.books(); }
  [[nodiscard]] std::uint64_t skipped_lines() const { return books_.report().skipped; }

 private:
  obkit::signals::Strategy strategy_;
  obkit::signals::InSampleGuard guard_;
  obkit::store::BookStream books_;
  std::stop_token stop_;
  bool allow_in_sample_;
  obkit::OrderBook book_;
  obkit::signals::Verdict verdict_;
};

}  // namespace judged_books
