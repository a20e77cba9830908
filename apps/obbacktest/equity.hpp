#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "obkit/backtest/backtest.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/time.hpp"

namespace obkit::obbacktest {

/// Writes how an account stood, as CSV: at each book, or at the last book of each interval. One of
/// several markets has neither mid price nor position.
class EquityFile {
 public:
  enum class Of { market, all_markets };

  /// `sink` must outlive it. An `interval` of 0: each book.
  EquityFile(ByteSink& sink, backtest::Contract contract, std::chrono::milliseconds interval,
             Of of = Of::market);

  /// Of a market.
  void add(const backtest::BookState& state) { take(state); }
  /// Of all of them.
  void add(const backtest::EquityStep& step) { take(step); }
  /// Writes the last one. Throws IoError, as add().
  void close();

 private:
  using State = std::variant<backtest::BookState, backtest::EquityStep>;

  void take(const State& state);
  void write(const State& state);

  ByteSink& sink_;
  std::chrono::milliseconds interval_;
  std::optional<State> last_;  ///< not yet written
  std::string line_;
};

}  // namespace obkit::obbacktest
