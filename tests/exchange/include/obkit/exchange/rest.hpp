#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/exchange/exchange.hpp"

namespace obkit::exchange {

/// Answers GET of BitMEX's REST interface on the same host: what the socket clients ask for first
/// (schema/websocketHelp, instrument, instrument/active, instrument/activeAndIndices,
/// wallet/assets, announcement/urgent), and orderBook/L2. `target` is the path with its query.
[[nodiscard]] RestAnswer answer_rest(const Exchange& exchange, std::string_view target);

/// {"error":{"message":…,"name":"HTTPError"}}
[[nodiscard]] std::string rest_error(std::string_view message);

/// A request target taken apart, percent signs and plus signs resolved.
struct Target {
  std::string path;
  std::map<std::string, std::string> query;

  explicit Target(std::string_view text);
  /// Empty when absent.
  [[nodiscard]] std::string value(const std::string& key) const;
};

/// An HTTP answer instead of an upgrade.
struct Refusal {
  unsigned status = 0;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::string server = {};                               ///< the header `server`, empty for none
  std::optional<std::chrono::seconds> retry_after = {};  ///< the header
  std::string reason = {};  ///< behind the status; empty: the usual one
};

/// As such a status is answered before a venue's own servers see the request: 429 and 418 with
/// JSON and Retry-After, 403 and 5xx by a proxy with HTML, others with JSON.
[[nodiscard]] Refusal make_refusal(unsigned status, std::chrono::seconds retry_after);

}  // namespace obkit::exchange
