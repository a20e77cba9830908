#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "obkit/backtest/backtest.hpp"

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"

namespace obkit::obbacktest {

/// A symbol's run on its own books, or the sum of those of all symbols.
struct SymbolRun {
  Plan plan;
  Outcome outcome;
};

/// Those that have a book. Warns of each other one by name. Throws DataError where none has any,
/// and as run(). Pre: there is a plan, with one symbol each.
[[nodiscard]] std::vector<Plan> plans_with_books(std::vector<Plan> plans);

/// Whom the runs of several symbols tell.
struct SymbolListeners {
  std::function<Listener(std::size_t symbol)> of_symbol;  ///< by its number
  /// The equity of the account over all symbols at each book that was acted on; may be empty.
  std::function<void(std::size_t row, const backtest::EquityStep&)> joint_equity = {};
};

/// Runs all symbols side by side, in order of time, each on its own books: no book of one meets
/// those of another. Behind them comes their sum, of an account that trades them all, but of
/// inverse contracts, whose coins are no single currency. Throws as run(). Pre: each plan has one
/// symbol, and books.
[[nodiscard]] std::vector<SymbolRun> run_symbols(std::vector<Plan> plans,
                                                 const SymbolListeners& listeners);

}  // namespace obkit::obbacktest
