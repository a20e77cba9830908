#pragma once

#include <cstdint>
#include <vector>

#include "obkit/backtest/trade.hpp"

namespace obkit::backtest {

/// The trades that gained or lost most.
class LargestTrades {
 public:
  static constexpr std::size_t capacity = 4000;

  /// O(log capacity).
  void add(const Trade& trade);

  /// By the time they were opened; of equal |net| the earlier ones were kept.
  [[nodiscard]] std::vector<Trade> trades() const;
  [[nodiscard]] std::size_t kept() const { return heap_.size(); }

  [[nodiscard]] std::uint64_t count() const { return count_; }  ///< of all

 private:
  struct Entry {
    Money size;  ///< |net|
    std::uint64_t number;
    Trade trade;
  };
  /// The least of them is at the front.
  static bool matters_more(const Entry& left, const Entry& right);

  std::vector<Entry> heap_;
  std::uint64_t count_ = 0;
};

}  // namespace obkit::backtest
