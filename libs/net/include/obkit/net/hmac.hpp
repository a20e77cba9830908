#pragma once

#include <string>
#include <string_view>

namespace obkit::net {

/// Lowercase hex of HMAC-SHA256(secret, message): 64 characters.
[[nodiscard]] std::string hmac_sha256(std::string_view secret, std::string_view message);

}  // namespace obkit::net
