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

/// CRC-32 of a ladder of 100 levels, as TrueBook::ladder_crc() has it.
[[nodiscard]] std::uint32_t ladder_crc(const OrderBook& book);

/// What the books of an exchange truly were, frame by frame. record() and judge() may be called
/// from different threads.
class TruthLog {
 public:
  /// For Exchange::observe. Books of fewer than 100 levels are not kept: they are not recorded.
  void record(const exchange::Truth& truth);

  /// Judges the books of one symbol's recording, made with `--every change` and 100 levels, one
  /// after the other. Each must be the true book of a frame at its time. Without a gap it must be
  /// the next state that differs from the one before: nothing was passed over. Behind a gap it is
  /// any later one. A frame may arrive a moment before its truth is told, so it waits for that.
  /// Returns what is wrong; empty when all is well.
  [[nodiscard]] std::string judge(const std::string& symbol, const OrderBook& book);

  /// Books judged so far, and those of them behind a gap.
  [[nodiscard]] std::uint64_t judged() const { return judged_; }
  [[nodiscard]] std::uint64_t gaps() const { return gaps_; }
  /// Forgets what lies before the last book judged, so that memory stays flat.
  void forget();

 private:
  struct State {
    DateTime time;
    std::uint32_t crc = 0;
    bool operator==(const State&) const = default;
  };
  struct Log {
    std::vector<State> states;
    std::optional<std::size_t> at;  ///< of the last book
  };

  /// What is wrong with `state` as the next one; moves on where nothing is.
  [[nodiscard]] static std::string follow(Log& log, const State& state, bool gap);
  [[nodiscard]] static std::optional<std::size_t> find(const Log& log, const State& state);
  [[nodiscard]] static std::optional<std::size_t> next_state(const Log& log);

  std::mutex mutex_;
  std::condition_variable more_;
  std::map<std::string, Log> logs_;
  std::uint64_t judged_ = 0, gaps_ = 0;
};

}  // namespace obkit::campaign
