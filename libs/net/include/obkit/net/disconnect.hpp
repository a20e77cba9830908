#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace obkit::net {

/// Why there is no connection, or no longer.
struct Disconnect {
  enum class Kind {
    name,         ///< the host's name cannot be resolved
    connect,      ///< TCP: refused, unreachable, too slow
    certificate,  ///< TLS: unknown issuer, wrong host name, expired
    tls,          ///< TLS: any other failure
    upgrade,      ///< the answer to the upgrade is not 101: `http_status`, `retry_after`
    closed,       ///< the exchange sent a close frame: `close_code`
    cut,          ///< the connection ended without one
    dead,         ///< no answer to a ping
    protocol,     ///< what arrived is not WebSocket, or is too long
    asked,        ///< the observer wished for a new connection
  };
  Kind kind = Kind::cut;
  std::string text = {};  ///< one line for people
  int http_status = 0;
  int close_code = 0;
  std::optional<std::chrono::seconds> retry_after = {};
};

/// The name of a kind, for counters: "name", "connect", ...
[[nodiscard]] constexpr std::string_view to_string(Disconnect::Kind kind) {
  switch (kind) {
    case Disconnect::Kind::name:
      return "name";
    case Disconnect::Kind::connect:
      return "connect";
    case Disconnect::Kind::certificate:
      return "certificate";
    case Disconnect::Kind::tls:
      return "tls";
    case Disconnect::Kind::upgrade:
      return "upgrade";
    case Disconnect::Kind::closed:
      return "closed";
    case Disconnect::Kind::cut:
      return "cut";
    case Disconnect::Kind::dead:
      return "dead";
    case Disconnect::Kind::protocol:
      return "protocol";
    case Disconnect::Kind::asked:
      return "asked";
  }
  return "";
}

}  // namespace obkit::net
