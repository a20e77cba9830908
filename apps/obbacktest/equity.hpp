#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "obkit/backtest/backtest.hpp"
#include "obkit/core/byte_stream.hpp"

namespace obkit::obbacktest {

/// Writes how an account stood, as CSV: at each book, or at the last book of each interval.
class EquityFile {
 public:
  /// `sink` must outlive it. An `interval` of 0: each book.
  EquityFile(ByteSink& sink, backtest::Contract contract, std::chrono::milliseconds interval);

  void add(const backtest::BookState& state);
  /// Writes the last one. Throws IoError, as add().
  void close();

 private:
  void write(const backtest::BookState& state);

  ByteSink& sink_;
  std::chrono::milliseconds interval_;
  std::optional<backtest::BookState> last_;  ///< not yet written
  std::string line_;
};

}  // namespace obkit::obbacktest
