#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace obkit::feed {

enum class Letters { capital, any };

/// Whether a text can be the name of an instrument: ASCII letters, digits and `others`, at least
/// one and at most `longest` of them. No name can do harm in a request or in a file's name.
[[nodiscard]] inline bool is_name(std::string_view text, Letters letters, std::string_view others,
                                  std::size_t longest = 64) {
  const auto is_legal = [&](char c) {
    const bool is_small = c >= 'a' && c <= 'z' && letters == Letters::any;
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || is_small ||
           others.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), is_legal);
}

}  // namespace obkit::feed
