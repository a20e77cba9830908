#pragma once

#include <string>
#include <string_view>

namespace obkit::net {

/// What a URL may begin with: wss:// and ws://, or https:// and http://.
enum class Scheme { websocket, http };

/// The parts of `wss://host[:port][/path]`.
struct Endpoint {
  bool secure = true;
  std::string host;  ///< an IPv6 address without its brackets
  std::string port;
  std::string target;  ///< path and query, at least "/"

  /// `host:port` for messages and, without a default port, for the Host header.
  [[nodiscard]] std::string authority() const;
};

/// Throws UsageError for a URL that is none.
[[nodiscard]] Endpoint parse_endpoint(std::string_view url, Scheme scheme = Scheme::websocket);

}  // namespace obkit::net
