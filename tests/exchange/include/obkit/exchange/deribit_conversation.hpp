#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/conversation.hpp"

namespace obkit::exchange {

/// Deribit's JSON-RPC on /ws/api/v2 as of 2026, public methods: books per 100 ms, and heartbeats.
class DeribitConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation. `second` is how long a second of the heartbeat
  /// takes.
  DeribitConversation(const std::vector<Channel>& channels, std::chrono::milliseconds second);

  [[nodiscard]] Outcome open(const Opening&) override { return {}; }
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] std::optional<Timestamp> due() const override;
  [[nodiscard]] Outcome on_time(Timestamp now) override;
  [[nodiscard]] Outcome complain(Fault fault, Timestamp now) const override;

 private:
  struct Request;  ///< method, parameters, and the envelope of the answer

  void dispatch(const Request& request, Outcome& outcome);
  void set_heartbeat(const Request& request, Outcome& outcome);
  void subscribe(const Request& request, Outcome& outcome);
  void unsubscribe(const Request& request, Outcome& outcome);
  [[nodiscard]] std::optional<Subscription> find(const std::string& name) const;

  const std::vector<Channel>& channels_;
  std::chrono::milliseconds second_;
  std::map<std::string, Subscription> subscriptions_;  ///< by the venue's channel name
  std::optional<std::chrono::nanoseconds> interval_;   ///< of heartbeats
  Timestamp next_beat_;
  std::optional<Timestamp> answer_by_;  ///< for public/test, once it was asked for
};

}  // namespace obkit::exchange
