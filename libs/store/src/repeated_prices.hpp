#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/price.hpp"

namespace obkit::store {

/// The prices of a line before, which often come again as they were: only sizes change.
///
/// Does not look for them any more once they did not come again for a while, as in lines in random
/// order; then now and again.
class RepeatedPrices {
 public:
  /// Reads the list that `text` begins with, from behind its `[` on. Returns where its `]` stands;
  /// 0: it is another list.
  [[nodiscard]] std::size_t read(std::string_view text, std::vector<Price>& out);
  /// Remembers a list that was read in another way; `text` ends with the `]`.
  void note(std::string_view text, const std::vector<Price>& prices);

 private:
  static constexpr std::uint64_t patience = 32, rest = 256;

  std::string text_;
  std::vector<Price> prices_;
  std::uint64_t lists_ = 0, last_repeated_ = 0;
};

}  // namespace obkit::store
