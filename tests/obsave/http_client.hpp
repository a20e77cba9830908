#pragma once

#include <cstdint>
#include <string>

namespace obkit::obsave {

/// All that a server on loopback answers to `requests` until it closes.
[[nodiscard]] std::string answers(std::uint16_t port, const std::string& requests);

/// A request whose answer is the last one of its connection.
[[nodiscard]] std::string request(const std::string& method, const std::string& target);

[[nodiscard]] std::string get(std::uint16_t port, const std::string& target);

}  // namespace obkit::obsave
