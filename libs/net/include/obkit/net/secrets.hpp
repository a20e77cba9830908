#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::net {

/// In base64, with its padding.
[[nodiscard]] std::string to_base64(std::string_view text);

/// Texts that nobody may see, and what hides them in texts that others sent.
///
/// A secret is found in any case of its letters, with escapes of JSON, programs, percent and HTML,
/// in hex and in base64 (also within a longer text), and broken over lines. Its first characters
/// alone are found, too: others cut texts.
class Secrets {
 public:
  /// Shorter ones are not looked for, as they would be found in prices.
  static constexpr std::size_t shortest = 4;

  /// Instead of those before.
  void set(const std::vector<std::string>& secrets);

  /// `text` with '*' for each byte that is part of a secret: `text` itself where there is none,
  /// else a copy that is valid until the next call. O(bytes).
  [[nodiscard]] std::string_view hide(std::string_view text);

 private:
  enum class Case { any, as_it_is };

  struct Pattern {
    std::string text;
    std::size_t least;  ///< characters of it that are enough
    Case letters;
    std::string breaks;  ///< characters that may stand between its own

    /// Behind what begins with it at `at`; `at` where that does not.
    [[nodiscard]] std::size_t end_in(std::string_view whole, std::size_t at) const;
    [[nodiscard]] bool is_same(char found, char wanted) const;
  };

  void add(std::string_view text, std::size_t least, Case letters, std::string_view between = {});
  void add_base64(std::string_view secret);
  [[nodiscard]] std::size_t end_of_secret(std::string_view text, std::size_t at) const;

  std::vector<Pattern> patterns_;
  std::array<bool, 256> may_start_{};  ///< by the first byte
  std::string hidden_;
};

}  // namespace obkit::net
