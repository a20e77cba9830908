#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "obkit/backtest/trade.hpp"

#include "obbacktest/options.hpp"
#include "obbacktest/run.hpp"

namespace obkit::obbacktest {

/// All that was decided up to some book: equal ones stand for the same scores, fills and trades.
struct Past {
  std::uint64_t books = 0;
  std::uint64_t trades = 0;  ///< that were closed
  std::uint64_t hash = 0;  ///< of the scores of all books, of all fills and trades, in their order

  bool operator==(const Past&) const = default;
};

/// Follows a run, and remembers its past at a few random books, which depend on their number alone.
class Trail {
 public:
  static constexpr std::size_t most_kept = 8;

  /// Hears of all that `listener` is told, which goes on hearing it. Must outlive it.
  void follow(Listener& listener);

  /// At the last book. What the end of the run closes is not among it.
  [[nodiscard]] const Past& past() const { return past_; }
  /// Some books before the last one, in their order: of at most most_kept books, each.
  [[nodiscard]] std::vector<Past> kept() const;

 private:
  void add(std::size_t row, const backtest::Execution& execution);
  void add(std::size_t row, const backtest::Trade& trade);
  void end_book(std::uint64_t books, std::span<const double> scores);

  Past now_;  ///< with what happens behind the last book
  Past past_;
  std::vector<Past> kept_;  ///< any book is among them with the same probability
};

/// Runs the plan again and stops at the books that `whole` kept, a run that read all. No book
/// behind such a one is read before all that was decided up to there is compared: who knows the
/// future decides otherwise then. Returns at how many books it did. Throws std::logic_error where
/// something differs, and as Run. Pre: no input is standard input, the plan has no span.
std::size_t check_lookahead(const Plan& plan, const Trail& whole);

}  // namespace obkit::obbacktest
