#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "obkit/feed/protocol.hpp"

namespace obkit::feed {

/// Follows a channel that tells the best level of each side alone, of one symbol at a time, for a
/// while: a witness of its book. Most of its messages are of numbers that the book never has, as it
/// comes less often. Some are not.
class BestLevels {
 public:
  /// Writes a request of the exchange: `subscribe` or `unsubscribe`.
  using Writer = std::function<std::string(std::string_view operation, const std::string& symbol)>;

  explicit BestLevels(Writer write) : write_{std::move(write)} {}

  /// A connection begins.
  void clear() { left_ = 0, is_refused_ = false; }
  /// The exchange does not have it, or not for us: it is not asked for again.
  void refuse() { is_refused_ = true; }

  /// What to send to follow that symbol. Nothing while it is followed, and after a refusal.
  [[nodiscard]] std::vector<Request> follow(const std::string& symbol) {
    std::vector<Request> requests;
    if (is_refused_ || (left_ > 0 && symbol == symbol_)) return requests;
    if (left_ > 0) requests.emplace_back(write_("unsubscribe", symbol_));
    requests.emplace_back(write_("subscribe", symbol));
    symbol_ = symbol;
    left_ = messages;
    return requests;
  }

  /// A message came. Adds what is to be sent behind the last one.
  void hear(const std::string& symbol, std::vector<Request>& replies) {
    if (left_ == 0 || symbol != symbol_ || --left_ > 0) return;
    replies.emplace_back(write_("unsubscribe", symbol));
  }

 private:
  /// A second of a busy market, in which books change 5 to 50 times.
  static constexpr int messages = 100;

  Writer write_;
  std::string symbol_;
  int left_ = 0;
  bool is_refused_ = false;
};

}  // namespace obkit::feed
