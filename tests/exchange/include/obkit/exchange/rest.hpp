#pragma once

#include <string>
#include <string_view>

#include "obkit/exchange/exchange.hpp"

namespace obkit::exchange {

struct RestAnswer {
  unsigned status = 200;
  std::string body;  ///< JSON
};

/// Answers GET of BitMEX's REST interface on the same host: what the socket clients ask for first
/// (schema/websocketHelp, instrument, instrument/active, instrument/activeAndIndices,
/// wallet/assets, announcement/urgent), and orderBook/L2. `target` is the path with its query.
[[nodiscard]] RestAnswer answer_rest(const Exchange& exchange, std::string_view target);

/// {"error":{"message":…,"name":"HTTPError"}}
[[nodiscard]] std::string rest_error(std::string_view message);

}  // namespace obkit::exchange
