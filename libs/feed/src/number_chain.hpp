#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "obkit/core/level_update.hpp"

namespace obkit::feed {

/// The rule of venues whose changes name the number of the update that they follow. Numbers rise.
class NumberChain {
 public:
  /// A connection begins.
  void clear() {
    last_.clear();
    recent_ = nullptr;
  }

  /// An update has come. A snapshot begins the chain of its symbol; changes that waited while it
  /// was made, and are in it, are marked as old; those that do not follow the update before as
  /// lost. Before a symbol's first snapshot all is right.
  void check(BookUpdate& update, std::uint64_t number, std::optional<std::uint64_t> previous) {
    Last& last = last_of(update.symbol);
    update.number = number;
    if (update.kind == BookUpdate::Kind::image) {
      last = {.number = number, .is_image = true};
    } else if (last.is_image && number <= *last.number) {
      update.kind = BookUpdate::Kind::old;
    } else if (last.number) {
      if (previous)
        update.order =
            previous == last.number ? BookUpdate::Order::follows : BookUpdate::Order::breaks;
      if (update.order == BookUpdate::Order::breaks)
        update.lost =
            "changes that do not follow the update before (" + std::to_string(*previous) + ")";
      last = {.number = number};
    }
  }

 private:
  struct Last {
    std::optional<std::uint64_t> number = {};
    bool is_image = false;
  };
  using Numbers = std::unordered_map<std::string, Last>;

  [[nodiscard]] Last& last_of(const std::string& symbol) {
    if (recent_ == nullptr || recent_->first != symbol) recent_ = &*last_.try_emplace(symbol).first;
    return recent_->second;
  }

  Numbers last_;
  Numbers::value_type* recent_ = nullptr;  ///< mostly the next one, too
};

}  // namespace obkit::feed
