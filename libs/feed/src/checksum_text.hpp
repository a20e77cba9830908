#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

/// What checksums of books are made of: the numbers as the exchange wrote them.
namespace obkit::feed {

/// CRC-32 as zlib has it.
[[nodiscard]] std::uint32_t crc32_of(std::string_view text);

/// The texts of the sizes of one book. Nearly all can be made again of the number; the others are
/// kept, so none differs.
class SizeTexts {
 public:
  enum class Digits {
    shortest,  ///< no zeros at the end
    fixed,     ///< as many decimals in all sizes of a book as in its first
  };
  explicit SizeTexts(Digits digits) : digits_{digits} {}

  /// A book begins.
  void clear();
  /// A level's size came. Pre: `text` is a JSON number.
  void note(std::uint64_t level_id, std::string_view text);
  /// Appends the text of a level's size.
  void append(std::string& out, std::uint64_t level_id, double size) const;

 private:
  [[nodiscard]] bool can_be_made_again(std::string_view text) const;

  Digits digits_;
  std::optional<int> decimals_;  ///< of fixed ones
  std::unordered_map<std::uint64_t, std::string> kept_;
};

}  // namespace obkit::feed
