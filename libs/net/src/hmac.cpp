#include "obkit/net/hmac.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "obkit/core/error.hpp"

namespace obkit::net {

std::string hmac_sha256(std::string_view secret, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const std::basic_string<unsigned char> bytes(message.begin(), message.end());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(),
           digest.data(), &length) == nullptr)
    throw Error{"HMAC-SHA256 is not available"};
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) (text += hex[digest[i] / 16U]) += hex[digest[i] % 16U];
  return text;
}

}  // namespace obkit::net
