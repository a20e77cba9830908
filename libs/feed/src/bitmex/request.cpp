#include <algorithm>
#include <array>
#include <cstddef>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "obkit/core/error.hpp"
#include "obkit/feed/bitmex.hpp"

namespace obkit::feed::bitmex {
namespace {

/// The exchange drops requests that are too long, and does not tell from where on.
constexpr std::size_t topics_per_request = 20;

std::vector<std::string> requests_of(std::string_view operation,
                                     std::span<const std::string> symbols, std::string_view pool) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const bool opens = i % topics_per_request == 0;
    if (opens) requests.emplace_back(R"({"op":")").append(operation).append(R"(","args":[)");
    std::string& request = requests.back();
    request.append(opens ? "\"" : ",\"").append("orderBookL2:").append(symbols[i]);
    if (!pool.empty()) request.append(":").append(pool);
    request += '"';
  }
  for (std::string& request : requests) request += "]}";
  return requests;
}

}  // namespace

std::vector<std::string> subscribe_requests(std::span<const std::string> symbols,
                                            std::string_view pool) {
  return requests_of("subscribe", symbols, pool);
}

std::vector<std::string> unsubscribe_requests(std::span<const std::string> symbols,
                                              std::string_view pool) {
  return requests_of("unsubscribe", symbols, pool);
}

bool is_symbol(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '/';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_legal);
}

std::string sign(std::string_view secret, const Request& request) {
  std::string message{request.verb};
  message.append(request.path).append(std::to_string(request.expires_seconds)).append(request.body);
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

std::vector<Header> auth_headers(const Credentials& credentials, std::int64_t expires_seconds) {
  // The path is /realtime whatever the URL says (proxies, replay servers).
  const std::string signature =
      sign(credentials.secret,
           {.verb = "GET", .path = "/realtime", .expires_seconds = expires_seconds, .body = ""});
  return {{"api-expires", std::to_string(expires_seconds)},
          {"api-key", credentials.key},
          {"api-signature", signature}};
}

}  // namespace obkit::feed::bitmex
