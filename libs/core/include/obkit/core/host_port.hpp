#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace obkit {

/// Where a server listens.
struct HostPort {
  std::string host;  ///< a name or an address; an IPv6 address without its brackets
  std::string port;  ///< decimal, 0 to 65535; empty where none was given

  /// `HOST:PORT`, or `[ADDRESS]:PORT`; without the colon where there is no port.
  [[nodiscard]] std::string text() const {
    std::string all = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port.empty() ? all : all.append(":").append(port);
  }
  bool operator==(const HostPort&) const = default;
};

/// Reads `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`; a colon without a port is allowed.
/// Empty for anything else: no host, a port out of range. An address with colons but without
/// brackets keeps all but the last of them, which stands before the port.
[[nodiscard]] inline std::optional<HostPort> parse_host_port(std::string_view text) {
  constexpr std::size_t none = std::string_view::npos, most_digits = 5;
  const bool brackets = text.starts_with('[');
  const std::size_t behind_host = brackets ? text.find(']') + 1 : text.rfind(':');
  if (brackets && behind_host == 0) return std::nullopt;
  const std::string_view host = text.substr(0, behind_host);
  std::string_view port = behind_host == none ? std::string_view{} : text.substr(behind_host);
  if (!port.empty() && port.front() != ':') return std::nullopt;
  if (!port.empty()) port.remove_prefix(1);
  HostPort parts{.host = std::string{brackets ? host.substr(1, host.size() - 2) : host},
                 .port = std::string{port}};
  if (parts.host.empty() || port.size() > most_digits ||
      port.find_first_not_of("0123456789") != none ||
      (!port.empty() && std::stoi(parts.port) > 65535))
    return std::nullopt;
  return parts;
}

}  // namespace obkit
