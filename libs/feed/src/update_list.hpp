#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "obkit/core/level_update.hpp"

namespace obkit::feed {

/// The updates of one message. Memory is reused from message to message.
class UpdateList {
 public:
  void clear() { count_ = 0; }

  /// A new one. It is valid until the next.
  BookUpdate& add() {
    if (count_ == updates_.size()) updates_.emplace_back();
    BookUpdate& update = updates_[count_++];
    update = {.symbol = std::move(update.symbol),
              .lost = std::move(update.lost),
              .levels = std::move(update.levels)};
    update.symbol.clear();
    update.lost.clear();
    update.levels.clear();
    return update;
  }
  [[nodiscard]] std::span<BookUpdate> all() { return {updates_.data(), count_}; }

 private:
  std::vector<BookUpdate> updates_;
  std::size_t count_ = 0;
};

}  // namespace obkit::feed
