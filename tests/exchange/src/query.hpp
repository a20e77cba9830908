#pragma once

#include <map>
#include <string>
#include <string_view>

namespace obkit::exchange {

/// A request target taken apart, percent signs and plus signs resolved.
struct Target {
  std::string path;
  std::map<std::string, std::string> query;

  explicit Target(std::string_view text);
  /// Empty when absent.
  [[nodiscard]] std::string value(const std::string& key) const;
};

}  // namespace obkit::exchange
