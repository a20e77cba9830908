#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "obkit/feed/venue.hpp"

namespace obkit::obsave {

inline constexpr const char* key_variable = "OBKIT_API_KEY";
inline constexpr const char* secret_variable = "OBKIT_API_SECRET";

/// Key and secret out of a text: two lines, or lines `OBKIT_API_KEY=…` and `OBKIT_API_SECRET=…`;
/// empty lines and lines that begin with `#` do not count. Empty for any other text.
[[nodiscard]] std::optional<feed::Credentials> parse_credentials(std::string_view text);

/// Those of `file`, or, where that is empty, of the environment; empty where there are none.
/// Throws UsageError for a file that others may read, for one that holds no credentials, and when
/// the environment has only one of the two; IoError.
[[nodiscard]] std::optional<feed::Credentials> find_credentials(const std::string& file);

}  // namespace obkit::obsave
