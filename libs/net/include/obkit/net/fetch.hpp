#pragma once

#include <functional>
#include <vector>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

namespace obkit::net {

/// What to ask for once an answer is there. Its texts are valid during the call.
using OnAnswer = std::function<std::vector<feed::HttpGet>(const feed::HttpAnswer& answer)>;

/// GETs without a socket: asks for `pages`, one after another, and for what `on_answer` wants
/// besides, until nothing is left. Of `options` those of HTTP count; each GET ends within their
/// http_patience. What `on_answer` throws comes out. Throws UsageError for a URL that is none,
/// IoError and DataError for a CA file that cannot be used.
void fetch(const SessionOptions& options, std::vector<feed::HttpGet> pages,
           const OnAnswer& on_answer);

}  // namespace obkit::net
