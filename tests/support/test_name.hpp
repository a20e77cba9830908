#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace obkit {

/// A name of a case as GoogleTest wants it: letters, digits and `_`.
[[nodiscard]] inline std::string test_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

}  // namespace obkit
