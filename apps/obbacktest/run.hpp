#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/backtest/backtest.hpp"
#include "obkit/backtest/splits.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/book_stream.hpp"
#include "obkit/store/input_hashes.hpp"

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
  std::function<void(std::size_t row, const backtest::Execution&)> execution = {};
  /// A book that was acted on, and the score that row 0 gave it.
  std::function<void(std::size_t row, const backtest::BookState&, double)> book = {};
  /// After each book: how many there were, and its scores, [strategies].
  std::function<void(std::uint64_t, std::span<const double>)> read = {};
  /// The time of each book, before anything is told of it.
  std::function<void(DateTime)> time = {};
  /// As backtest::Observer::equity; up to the last book that was acted on when Run::read() returns.
  std::function<void(std::size_t row, const backtest::EquityStep&)> equity = {};
  store::InputHashes* hashes = nullptr;  ///< of books and trades, as they are read
  common::Meter* meter = nullptr;        ///< of several runs; null: the run has its own
};

/// The books of a plan. `hashes` of its files, as they are read, may be null.
[[nodiscard]] store::BookStream open_books(const Plan& plan, common::Meter& meter,
                                           store::InputHashes* hashes = nullptr);

/// The row with the highest net; of several the first. Pre: there is a row.
[[nodiscard]] std::size_t best_row(const Outcome& outcome);

/// Reads the books of a plan and trades on them, all rows side by side.
class Run {
 public:
  /// `plan` must outlive it. Throws DataError, IoError, UsageError.
  Run(const Plan& plan, const Listener& listener);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  /// Reads at most so many books, and none behind them before the next call. Returns whether there
  /// may be more. Throws as above.
  bool read(std::uint64_t most);
  /// Reads all that are left, and ends. Throws as above.
  [[nodiscard]] Outcome finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// All of a run. Throws as Run.
[[nodiscard]] Outcome run(const Plan& plan, const Listener& listener);

}  // namespace obkit::obbacktest
