#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "obkit/core/price.hpp"

namespace obkit::store::kernels {

/// Characters that are looked at together.
inline constexpr std::size_t block_size = 64;
/// Numbers that vectors take in behind the last one of a list.
inline constexpr std::size_t added_numbers = 8;
/// Bytes that kernels may read, but do not use, behind a text and before it. Each kernel asserts
/// that it needs no more.
inline constexpr std::size_t read_behind = 96, read_before = 16;

/// Eight characters, the first one in the lowest byte.
inline std::uint64_t load_word(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

/// Numbers of a list and where they stand, in arrays that are used again and again.
class NumberList {
 public:
  /// What stands behind each comma.
  enum class Blanks { none, one };

  /// Finds the numbers in `text`, which begins behind the `[`. Returns where the `]` stands; 0:
  /// there is none, or something that no list of numbers has, or that is rare in one. What stands
  /// between the commas has one character or more, and begins neither with a point nor with a zero
  /// before anything but a point, and does not end with a point. Reads up to read_behind bytes
  /// behind `text` and read_before bytes before it.
  [[nodiscard]] std::size_t find(std::string_view text, Blanks blanks);

  /// As prices: units() and decimals().
  void convert_prices();
  /// As volumes, correctly rounded: doubles().
  void convert_doubles();

  [[nodiscard]] std::size_t size() const { return size_; }
  /// The text of number i. Pre: what find() was given is still there.
  [[nodiscard]] std::string_view text(std::size_t i) const {
    const std::uint32_t begin = ends_[i] + 1 + blanks_;
    return {text_ + begin, ends_[i + 1] - begin};
  }
  /// Billionths.
  [[nodiscard]] std::span<const std::int64_t> units() const { return {units_.data(), size_}; }
  [[nodiscard]] std::span<const std::uint64_t> decimals() const {
    return {decimals_.data(), size_};
  }
  [[nodiscard]] std::span<const double> doubles() const { return {doubles_.data(), size_}; }
  /// Those that were not converted, in order: not of 1 to 15 digits and at most one point, as
  /// prices of more than nine before or behind the point. Nothing of use stands in their place.
  [[nodiscard]] std::span<const std::uint32_t> irregular() const {
    return {irregular_.data(), irregular_count_};
  }
  /// What stands for price i, where the conversion was not for sure.
  void replace(std::size_t i, Price price) {
    units_[i] = price.units();
    decimals_[i] = static_cast<std::uint64_t>(price.decimals());
  }
  /// The same for volume i.
  void replace(std::size_t i, double volume) { doubles_[i] = volume; }

  // What kernels work on.

  /// Room behind all that is needed: for 64 numbers at once, and a vector beyond the last one.
  static constexpr std::size_t margin = 96;
  static_assert(margin >= block_size + added_numbers);

  const char* text_ = nullptr;
  std::uint32_t blanks_ = 0;
  std::size_t size_ = 0, irregular_count_ = 0;
  bool has_points_ = false;                        ///< any of the numbers
  bool had_long_ = false, had_irregular_ = false;  ///< the list before
  std::vector<std::uint32_t> ends_;                ///< [1 + size_]: the first is that of one before
  /// The last 8 characters of each, and 8 before them (only where one has more than 8).
  std::vector<std::uint64_t> last_, before_;
  std::vector<std::int64_t> units_;
  std::vector<std::uint64_t> decimals_;
  std::vector<double> doubles_;
  std::vector<std::uint32_t> irregular_;
};

/// A list that find_whole_numbers() takes.
struct WholeNumbers {
  std::size_t end = 0;  ///< where its `]` stands; 0: it is another kind of list
  std::size_t count = 0;
};

/// Whether `text`, which begins behind the `[`, is a list of numbers that stand there as
/// append_number() writes them: 1 to 15 digits without a zero in front, commas and no blanks
/// between. Not empty. Reads up to read_behind bytes behind `text`.
[[nodiscard]] WholeNumbers find_whole_numbers(std::string_view text);

}  // namespace obkit::store::kernels
