#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "obkit/backtest/backtest.hpp"
#include "obkit/core/time.hpp"

#include "obbacktest/options.hpp"

namespace obkit::obbacktest {

/// What a row came to.
struct Row {
  backtest::Summary summary;
  std::string in_sample_warning = {};  ///< empty where no book was in sample
  double greatest_score = 0;           ///< of all books, without sign
};

struct Outcome {
  std::vector<Row> rows;
  std::optional<DateTime> first, last;  ///< the earliest and the latest book; empty without books
};

/// Whom a run tells; each may be empty.
struct Listener {
  std::function<void(std::size_t row, const backtest::Trade&)> trade = {};
  /// A book of row 0 that was acted on, and its score.
  std::function<void(const backtest::BookState&, double)> book = {};
  std::function<void(std::uint64_t)> read = {};  ///< after each book: how many there were
};

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
