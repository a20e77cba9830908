#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace obkit::store {

/// What to do with a malformed line.
enum class BadLine { refuse, skip };

/// What a reader met besides good lines.
struct ReadReport {
  std::uint64_t books = 0;
  std::uint64_t skipped = 0;         ///< malformed lines, with BadLine::skip
  std::string first_skipped;         ///< the message of the first of them
  std::optional<std::string> torn;   ///< message about a torn last line (of each file)
  std::uint64_t crossed = 0;         ///< books with best bid >= best ask
  std::uint64_t time_went_back = 0;  ///< books older than the one before in their file

  ReadReport& operator+=(const ReadReport& other);
};

/// What the user should be warned of, a line each, the same words in every tool; none when all was
/// well.
[[nodiscard]] std::vector<std::string> warnings(const ReadReport& report);

}  // namespace obkit::store
