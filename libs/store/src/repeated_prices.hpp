#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace obkit::store {

/// The text of the prices of a line before, which often come again as they were: only sizes change.
///
/// Does not look for them any more once they did not come again for a while, as in lines in random
/// order; then now and again.
class RepeatedPrices {
 public:
  /// Whether `text`, from behind the `[` of a list on, begins with the list that was noted last.
  /// Returns where its `]` stands; 0: it is another list, and none is noted any more.
  [[nodiscard]] std::size_t find(std::string_view text);
  /// Remembers a list; `text` ends with the `]`.
  void note(std::string_view text);

 private:
  static constexpr std::uint64_t patience = 32, rest = 256;

  std::string text_;  ///< empty: none is noted
  std::uint64_t lists_ = 0, last_repeated_ = 0;
};

}  // namespace obkit::store
