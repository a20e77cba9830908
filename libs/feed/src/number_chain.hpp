#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "obkit/core/level_update.hpp"

namespace obkit::feed {

/// The rule of venues whose changes name the number of the update that they follow.
class NumberChain {
 public:
  /// A connection begins.
  void clear() {
    last_.clear();
    recent_ = nullptr;
  }

  /// An update has come. A snapshot begins the chain of its symbol; changes that do not follow the
  /// update before are marked as lost. Before a symbol's first snapshot all is right.
  void check(BookUpdate& update, std::uint64_t number, std::optional<std::uint64_t> previous) {
    std::optional<std::uint64_t>& last = last_of(update.symbol);
    if (update.kind == BookUpdate::Kind::image) {
      last = number;
    } else if (last) {
      if (previous && previous != last)
        update.lost =
            "changes that do not follow the update before (" + std::to_string(*previous) + ")";
      last = number;
    }
  }

 private:
  using Numbers = std::unordered_map<std::string, std::optional<std::uint64_t>>;

  [[nodiscard]] std::optional<std::uint64_t>& last_of(const std::string& symbol) {
    if (recent_ == nullptr || recent_->first != symbol) recent_ = &*last_.try_emplace(symbol).first;
    return recent_->second;
  }

  Numbers last_;
  Numbers::value_type* recent_ = nullptr;  ///< mostly the next one, too
};

}  // namespace obkit::feed
