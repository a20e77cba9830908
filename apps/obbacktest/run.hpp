#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "obkit/backtest/backtest.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/book_stream.hpp"

#include "common/meter.hpp"
#include "obbacktest/options.hpp"

namespace obkit::obbacktest {

/// What a row came to.
struct Row {
  backtest::Summary summary;
  std::string in_sample_warning = {};       ///< empty where no book was in sample
  std::vector<common::Judged> judged = {};  ///< where models judge in turn
  double greatest_score = 0;                ///< of all books, without sign
};

struct Outcome {
  std::vector<Row> rows;
  backtest::SplitTrades splits;  ///< of the trades of row 0, where it is the only one
  /// With a choice, `rows` are of the part it was made on, and these of the rest.
  std::vector<Row> rest = {};
  std::optional<double> deflated_sharpe = {};  ///< of the best row
  TradeCounts market_trades;                   ///< where the exchange's trades are known
  std::optional<DateTime> first, last;  ///< the earliest and the latest book; empty without books
};

/// Whom a run tells; each may be empty.
struct Listener {
  std::function<void(std::size_t row, const backtest::Trade&)> trade = {};
  /// A book that was acted on, and the score that row 0 gave it.
  std::function<void(std::size_t row, const backtest::BookState&, double)> book = {};
  std::function<void(std::uint64_t)> read = {};  ///< after each book: how many there were
};

/// The books of a plan.
[[nodiscard]] store::BookStream open_books(const Plan& plan, common::Meter& meter);

/// The row with the highest net; of several the first. Pre: there is a row.
[[nodiscard]] std::size_t best_row(const Outcome& outcome);

/// Reads the books once and trades on them, all rows side by side. `most_books`: it ends as if no
/// more had come. Throws DataError, IoError, UsageError.
[[nodiscard]] Outcome run(const Plan& plan, const Listener& listener,
                          std::uint64_t most_books = std::numeric_limits<std::uint64_t>::max());

/// Runs the plan again and again with the books behind a random one cut off, and demands the same
/// trades up to there: who knows the future trades otherwise. `books` is how many there are.
/// Returns at how many cuts it did. Throws std::logic_error where trades differ, and what run()
/// throws. Pre: no input is standard input.
std::size_t check_lookahead(const Plan& plan, std::uint64_t books);

}  // namespace obkit::obbacktest
