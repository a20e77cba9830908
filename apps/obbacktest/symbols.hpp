#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"

namespace obkit::obbacktest {

/// A symbol's run on its own books, or the sum of those of all symbols.
struct SymbolRun {
  Plan plan;
  Outcome outcome;
};

/// Runs symbol by symbol: no book of one meets those of another. Behind them comes their sum, but
/// of inverse contracts, whose coins are no single currency. `listener_of` a symbol's number may be
/// empty. Throws as run(). Pre: there is a plan, with one symbol each.
[[nodiscard]] std::vector<SymbolRun> run_symbols(
    std::vector<Plan> plans, const std::function<Listener(std::size_t)>& listener_of);

/// What runs of the same rows come to together. What depends on the order of what they did is left
/// as it is: drawdown, returns of periods, intervals. Pre: there is an outcome.
[[nodiscard]] Outcome sum_of(const std::vector<SymbolRun>& runs);

}  // namespace obkit::obbacktest
