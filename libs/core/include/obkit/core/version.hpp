#pragma once

#include <string_view>

namespace obkit {

/// "0.2.0".
[[nodiscard]] std::string_view version_number();

/// "0.2.0 (8acb045)": number and commit, with a `+` behind it where files differed from that
/// commit. The number alone where neither git nor an archive of git told the commit.
[[nodiscard]] std::string_view version();

}  // namespace obkit
