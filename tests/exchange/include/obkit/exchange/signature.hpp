#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "obkit/core/time.hpp"

namespace obkit::exchange {

/// An API key and its secret.
struct Credentials {
  std::string key, secret;
};

/// What a client shows to prove that it holds the secret.
struct Claim {
  std::string key;
  std::string expires;  ///< seconds since 1970, as text
  std::string signature;
};

/// Lowercase hex of HMAC-SHA256(secret, "GET/realtime" + expires).
[[nodiscard]] std::string sign_realtime(std::string_view secret, std::string_view expires);

/// An empty string when the claim holds, else what BitMEX answers. Without a key of its own (empty
/// `known.key`), the exchange knows no key at all.
[[nodiscard]] std::string refute(const Claim& claim, const Credentials& known, Timestamp now);

}  // namespace obkit::exchange
