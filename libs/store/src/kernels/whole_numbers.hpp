#pragma once

#include <cstddef>
#include <string_view>

namespace obkit::store::kernels {

/// A list that find_whole_numbers() takes.
struct WholeNumbers {
  std::size_t end = 0;  ///< where its `]` stands; 0: it is another kind of list
  std::size_t count = 0;
};

/// Whether `text`, which begins behind the `[`, is a list of numbers that stand there as
/// append_number() writes them: 1 to 15 digits without a zero in front, commas and no blanks
/// between. Not empty. Reads up to 64 bytes behind `text`.
[[nodiscard]] WholeNumbers find_whole_numbers(std::string_view text);

}  // namespace obkit::store::kernels
