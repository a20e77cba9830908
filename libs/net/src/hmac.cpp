#include "obkit/net/hmac.hpp"

#include <array>
#include <span>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"

namespace obkit::net {

std::string hmac_sha256(std::string_view secret, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const std::basic_string<unsigned char> bytes(message.begin(), message.end());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(),
           digest.data(), &length) == nullptr)
    throw Error{"HMAC-SHA256 is not available"};
  return to_hex(std::span{digest}.first(length));
}

}  // namespace obkit::net
