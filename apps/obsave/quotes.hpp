#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "obkit/core/level_update.hpp"

namespace obkit::obsave {

/// Best levels that an exchange quotes beside a book, where no number says which of the book's
/// states a quote is. Each is one of them: the sequence of quotes is that of the book, earlier or
/// later. (BitMEX: all of 591 in genuine captures, within a second.) So a book is another if many
/// quotes in a row are none of its many states before and behind them; any that is one begins the
/// count anew. Memory is used again.
class Quotes {
 public:
  struct Best {
    PriceLevel bid, ask;

    bool operator==(const Best&) const = default;
  };
  enum class Verdict { none, agrees, differs };

  static constexpr std::size_t sight = 1024;   ///< states before the first such quote, and behind
  static constexpr std::size_t memory = 4096;  ///< of states: minutes of the busiest market
  static constexpr std::size_t enough = 8;     ///< different quotes in a row

  /// Another book begins. Quotes are waited for still.
  void clear() {
    states_.clear();
    strangers_.clear();
    newest_ = 0;
    last_.reset();
  }

  /// Whether anybody quotes; else no state needs to be seen.
  [[nodiscard]] bool is_heard() const { return is_heard_; }

  [[nodiscard]] Verdict hear(const Best& quote) {
    is_heard_ = true;
    if (last_ == quote) return Verdict::none;
    last_ = quote;
    if (std::find(states_.begin(), states_.end(), quote) != states_.end()) return agree();
    if (states_.size() < sight || strangers_.size() == enough) return Verdict::none;
    strangers_.push_back(quote);
    behind_ = 0;
    return Verdict::none;
  }

  /// The book has these best levels now.
  [[nodiscard]] Verdict see(const Best& state) {
    if (!states_.empty() && states_[newest_] == state) return Verdict::none;
    keep(state);
    const auto found = std::find(strangers_.begin(), strangers_.end(), state);
    if (found != strangers_.end()) return agree();
    if (strangers_.size() < enough || ++behind_ < sight) return Verdict::none;
    strangers_.clear();
    return Verdict::differs;
  }

 private:
  Verdict agree() {
    strangers_.clear();
    return Verdict::agrees;
  }

  void keep(const Best& state) {
    if (states_.size() < memory) {
      newest_ = states_.size();
      states_.push_back(state);
      return;
    }
    newest_ = (newest_ + 1) % memory;
    states_[newest_] = state;
  }

  bool is_heard_ = false;
  std::optional<Best> last_;     ///< that was quoted
  std::vector<Best> states_;     ///< a ring
  std::vector<Best> strangers_;  ///< quotes in a row that are none of them
  std::size_t newest_ = 0;       ///< state
  std::size_t behind_ = 0;       ///< states since the last stranger
};

}  // namespace obkit::obsave
