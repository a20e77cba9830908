#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace obkit::exchange {

/// An HTTP answer instead of an upgrade.
struct Refusal {
  unsigned status = 0;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::string server = {};                               ///< the header `server`, empty for none
  std::optional<std::chrono::seconds> retry_after = {};  ///< the header
};

/// As such a status is answered before a venue's own servers see the request: 429 with JSON and
/// Retry-After, 403 and 5xx by a proxy with HTML, others with JSON.
[[nodiscard]] Refusal make_refusal(unsigned status, std::chrono::seconds retry_after);

}  // namespace obkit::exchange
