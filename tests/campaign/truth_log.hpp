#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/order_book.hpp"
#include "obkit/exchange/exchange.hpp"

namespace obkit::campaign {

/// CRC-32 of a ladder of at most 100 levels, as TrueBook::ladder_crc() has it.
[[nodiscard]] std::uint32_t ladder_crc(const OrderBook& book);

/// What a book's time is: that of the exchange, or of its receipt, where that was not believed.
enum class TimeOf { exchange, receipt };

/// What the books of an exchange truly were, frame by frame. record() and judge() may be called
/// from different threads.
class TruthLog {
 public:
  /// Of books of so many levels, both sides: 100, or all that the exchange shows.
  explicit TruthLog(std::size_t depth) : depth_{depth} {}

  /// For Exchange::observe. Books of fewer levels are not kept: they are not recorded.
  void record(const exchange::Truth& truth);

  /// Judges the books of one symbol's recording, made with `--every change`, one
  /// after the other. Each must be the true book of a frame, at its time unless that was not
  /// believed. Without a gap it must be
  /// the next state that differs from the one before: nothing was passed over. Behind a gap it is
  /// any later one. A frame may arrive a moment before its truth is told, so it waits for that.
  /// Returns what is wrong; empty when all is well.
  [[nodiscard]] std::string judge(const std::string& symbol, const OrderBook& book,
                                  TimeOf time = TimeOf::exchange);

  /// Books judged so far, and those of them behind a gap.
  [[nodiscard]] std::uint64_t judged() const { return judged_; }
  [[nodiscard]] std::uint64_t gaps() const { return gaps_; }
  /// Forgets what lies before the last book judged, so that memory stays flat.
  void forget();

 private:
  struct State {
    DateTime time;
    std::uint32_t crc = 0;
  };
  /// What is judged; without a time it is of any.
  struct Seen {
    std::optional<DateTime> time;
    std::uint32_t crc = 0;
  };
  struct Log {
    std::vector<State> states;
    std::vector<std::size_t> at;  ///< where the last book can be; without its time maybe at several
    std::optional<Seen> any;      ///< the last book where it may be a later state that it equals
  };

  [[nodiscard]] static bool is_of(const Seen& seen, const State& state);
  /// What is wrong with `seen` as the next one; moves on where nothing is.
  [[nodiscard]] static std::string follow(Log& log, const Seen& seen, bool gap);
  [[nodiscard]] static std::vector<std::size_t> behind(const Log& log);
  [[nodiscard]] static std::vector<std::size_t> only(const Log& log, const Seen& seen,
                                                     const std::vector<std::size_t>& positions);
  [[nodiscard]] static std::optional<std::size_t> next_state(const Log& log, std::size_t at);

  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::map<std::string, Log> logs_;
  std::uint64_t judged_ = 0, gaps_ = 0;
};

}  // namespace obkit::campaign
