#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "obkit/core/time.hpp"

namespace obkit {

/// Reads times as parse_iso() does, quickly where they share their second with the one before.
class IsoReader {
 public:
  [[nodiscard]] std::optional<Timestamp> read(std::string_view text);

 private:
  std::array<char, 19> second_text_{};  ///< `2021-07-22T22:36:10`
  std::optional<Timestamp> second_;     ///< its begin; empty where no time was read yet
};

}  // namespace obkit
