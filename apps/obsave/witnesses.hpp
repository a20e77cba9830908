#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "obkit/core/level_update.hpp"

namespace obkit::obsave {

/// What other sources said of one book at numbers that it has not reached yet, in their order. Not
/// each number of theirs is one of the book's. Memory is used again.
class Witnesses {
 public:
  static constexpr std::size_t most = 64;  ///< then the oldest goes
  static constexpr std::size_t steps =
      64;  ///< of the book; what it did not reach then, it never will

  /// Pre: it has a number. A number that goes back begins anew: what was before says nothing.
  void add(const BookUpdate& witness) {
    if (count_ > 0 && *witness.number < *waiting_[count_ - 1].number) count_ = 0;
    if (count_ > 0 && *witness.number == *waiting_[count_ - 1].number) --count_;
    if (count_ == most) drop(1);
    if (count_ == waiting_.size()) waiting_.emplace_back();
    waiting_[count_++] = witness;
    steps_ = 0;
  }

  /// The book has this number now: its witness, valid until the next call, or null. Those of
  /// numbers that it passed are gone.
  [[nodiscard]] const BookUpdate* reach(std::uint64_t number) {
    if (++steps_ > steps) count_ = 0;
    if (count_ == 0) return nullptr;
    const auto end = begin() + static_cast<std::ptrdiff_t>(count_);
    const auto first =
        std::find_if(begin(), end, [&](const BookUpdate& one) { return *one.number >= number; });
    drop(static_cast<std::size_t>(first - begin()));
    if (count_ == 0 || *waiting_.front().number != number) return nullptr;
    drop(1);
    return &waiting_[count_];
  }

  void clear() { count_ = 0; }

 private:
  [[nodiscard]] std::vector<BookUpdate>::iterator begin() { return waiting_.begin(); }

  /// The first ones; they stand behind the others then.
  void drop(std::size_t many) {
    const auto end = begin() + static_cast<std::ptrdiff_t>(count_);
    std::rotate(begin(), begin() + static_cast<std::ptrdiff_t>(many), end);
    count_ -= many;
  }

  std::vector<BookUpdate> waiting_;  ///< the first `count_` of them
  std::size_t count_ = 0;
  std::size_t steps_ = 0;  ///< since the last one came
};

}  // namespace obkit::obsave
