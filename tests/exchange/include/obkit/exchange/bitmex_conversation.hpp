#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/conversation.hpp"

namespace obkit::exchange {

/// BitMEX's /realtime as of 2026.
class BitmexConversation final : public Conversation {
 public:
  /// `channels` must outlive the conversation.
  BitmexConversation(const std::vector<Channel>& channels, Credentials credentials);

  /// The first message to every client.
  [[nodiscard]] static std::string welcome(Timestamp now);
  /// The answer to "help", also of GET /api/v1/schema/websocketHelp.
  [[nodiscard]] static std::string help();

  [[nodiscard]] Outcome open(const Opening& opening) override;
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp now) override;
  [[nodiscard]] Outcome complain(Fault fault, Timestamp now) const override;

 private:
  struct Request;  ///< one argument of one request, and the request as it is echoed

  void subscribe(const Request& request, Outcome& outcome);
  void unsubscribe(const Request& request, Outcome& outcome);
  [[nodiscard]] Outcome authenticate(const nlohmann::ordered_json& request, Timestamp now);
  [[nodiscard]] std::vector<std::size_t> find(std::string_view symbol, std::string_view pool) const;

  const std::vector<Channel>& channels_;
  Credentials credentials_;
  std::map<std::string, Subscription> subscriptions_;  ///< by topic
};

}  // namespace obkit::exchange
