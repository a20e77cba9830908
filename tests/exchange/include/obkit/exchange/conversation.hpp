#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/signature.hpp"

namespace obkit::exchange {

/// A subscription to one book, or to all symbols of a pool.
struct Subscription {
  std::string topic;                  ///< without the pool: "orderBookL2:XBTUSD", "orderBookL2"
  std::string symbol;                 ///< empty: all symbols
  std::vector<std::size_t> channels;  ///< one unless all symbols were asked for
};

/// What follows from something that a client said.
struct Outcome {
  std::vector<std::string> replies;  ///< to be sent first, in this order
  std::vector<Subscription> subscribed;
  std::vector<Subscription> unsubscribed;
  bool close = false;  ///< after the replies
};

/// What one client says on /realtime and what BitMEX answers to it, as of 2026: the protocol
/// without sockets, books and clocks.
class Conversation {
 public:
  /// `channels` must outlive the conversation.
  Conversation(const std::vector<Channel>& channels, Credentials credentials);

  /// The first message to every client.
  [[nodiscard]] static std::string welcome(Timestamp now);
  /// The answer to "help", also of GET /api/v1/schema/websocketHelp.
  [[nodiscard]] static std::string help();

  /// `?subscribe=` of the URL: topics with commas between.
  [[nodiscard]] Outcome subscribe_by_url(std::string_view topics);
  /// One text message. `wall_now` is for signatures that expire.
  [[nodiscard]] Outcome receive(std::string_view text, Timestamp wall_now);

 private:
  struct Request;  ///< one argument of one request, and the request as it is echoed

  void subscribe(const Request& request, Outcome& outcome);
  void unsubscribe(const Request& request, Outcome& outcome);
  [[nodiscard]] Outcome authenticate(const nlohmann::ordered_json& request, Timestamp wall_now);
  [[nodiscard]] std::vector<std::size_t> find(std::string_view symbol, std::string_view pool) const;

  const std::vector<Channel>& channels_;
  Credentials credentials_;
  std::map<std::string, Subscription> subscriptions_;  ///< by topic
};

}  // namespace obkit::exchange
