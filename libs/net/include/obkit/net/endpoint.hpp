#pragma once

#include <optional>
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
  /// The same with the port always.
  [[nodiscard]] std::string host_and_port() const;
};

/// Throws UsageError for a URL that is none.
[[nodiscard]] Endpoint parse_endpoint(std::string_view url, Scheme scheme = Scheme::websocket);

/// A server that makes connections for others.
struct Proxy {
  Endpoint server;
  std::string user_and_password;  ///< "user:password"; empty where it asks for none
};

/// Of `[http://][USER:PASSWORD@]HOST[:PORT]`; none for an empty text. Throws UsageError for any
/// other text, without the password.
[[nodiscard]] std::optional<Proxy> parse_proxy(std::string_view url);

}  // namespace obkit::net
