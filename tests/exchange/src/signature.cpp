#include "obkit/exchange/signature.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace obkit::exchange {

std::string sign_realtime(std::string_view secret, std::string_view expires) {
  const std::string message = "GET/realtime" + std::string{expires};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  const std::vector<unsigned char> bytes(message.begin(), message.end());
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(),
       digest.data(), &length);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += hex[digest[i] >> 4U];
    out += hex[digest[i] & 15U];
  }
  return out;
}

std::string refute(const Claim& claim, const Credentials& known, Timestamp now) {
  std::int64_t expires = 0;
  const char* end = claim.expires.data() + claim.expires.size();
  const auto read = std::from_chars(claim.expires.data(), end, expires);
  if (read.ec != std::errc{} || read.ptr != end) return "'expires' must be a number.";
  const std::int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (expires <= seconds)
    return "This request has expired - `expires` is in the past. Current time: " +
           std::to_string(seconds);
  if (known.key.empty() || claim.key != known.key) return "Invalid API Key.";
  if (claim.signature != sign_realtime(known.secret, claim.expires)) return "Signature not valid.";
  return "";
}

}  // namespace obkit::exchange
