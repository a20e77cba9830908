#include "obkit/net/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "obkit/core/error.hpp"

namespace obkit::net {
namespace {

bool cut_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Nothing in it that could end a line of the request or mean something else.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos &&
         std::stoi(std::string{text}) <= 65535;
}

/// Splits `host[:port]` or `[address]:port`; the port is empty where there is none.
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view authority) {
  std::size_t behind_host = authority.find(':');
  if (cut_prefix(authority, "[")) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    return std::pair{authority.substr(0, end), rest.substr(rest.empty() ? 0 : 1)};
  }
  if (behind_host == std::string_view::npos) return std::pair{authority, std::string_view{}};
  return std::pair{authority.substr(0, behind_host), authority.substr(behind_host + 1)};
}

/// What a password may be part of is left out.
std::string without_user(std::string_view url) {
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return std::string{url};
  const std::size_t scheme = url.find("://");
  return std::string{url.substr(0, scheme == std::string_view::npos ? 0 : scheme + 3)}
      .append("***")
      .append(url.substr(at));
}

/// What %41 stands for, "A", and so on; other percent signs stay.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const bool is_escape = text[i] == '%' && text.size() - i > 2 &&
                           std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    out += is_escape ? static_cast<char>(value) : text[i];
    if (is_escape) i += 2;
  }
  return out;
}

}  // namespace

std::string Endpoint::authority() const {
  const bool usual = port == (secure ? "443" : "80");
  const std::string whole = host_and_port();
  return usual ? whole.substr(0, whole.size() - port.size() - 1) : whole;
}

std::string Endpoint::host_and_port() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

Endpoint parse_endpoint(std::string_view url, Scheme scheme) {
  const bool is_http = scheme == Scheme::http;
  const auto refuse = [&] {
    throw UsageError{"'" + without_user(url) + "' is no URL like " +
                     (is_http ? "https://host[:port]" : "wss://host[:port]/path")};
  };
  std::string_view rest = url;
  Endpoint endpoint;
  endpoint.secure = cut_prefix(rest, is_http ? "https://" : "wss://");
  if (!endpoint.secure && !cut_prefix(rest, is_http ? "http://" : "ws://")) refuse();
  const std::size_t behind = std::min(rest.find_first_of("/?#"), rest.size());
  const auto parts = split(rest.substr(0, behind));
  const std::string_view target = rest.substr(behind, rest.find('#') - behind);
  if (!parts || parts->first.empty() || !is_plain(rest) ||
      rest.substr(0, behind).find('@') != std::string_view::npos)
    refuse();
  endpoint.host = parts->first;
  endpoint.port = parts->second;
  if (endpoint.port.empty()) endpoint.port = endpoint.secure ? "443" : "80";
  if (!is_port(endpoint.port)) refuse();
  endpoint.target = target.starts_with("/") ? target : "/" + std::string{target};
  return endpoint;
}

std::optional<Proxy> parse_proxy(std::string_view url) {
  if (url.empty()) return std::nullopt;
  std::string_view rest = url;
  cut_prefix(rest, "http://");
  Proxy proxy;
  const bool has_scheme = rest.find("://") != std::string_view::npos;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    proxy.user_and_password = percent_decoded(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  try {
    proxy.server = parse_endpoint("http://" + std::string{rest}, Scheme::http);
  } catch (const UsageError&) {
    proxy.server.target.clear();
  }
  if (has_scheme || proxy.server.target != "/")
    throw UsageError{"'" + without_user(url) + "' is no HTTP proxy like http://host:port"};
  return proxy;
}

}  // namespace obkit::net
