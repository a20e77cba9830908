// Included once for each instruction set (Highway's foreach_target), hence no #pragma once.
#if defined(OBKIT_STORE_KERNELS_LIST_MARKS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef OBKIT_STORE_KERNELS_LIST_MARKS_INL
#undef OBKIT_STORE_KERNELS_LIST_MARKS_INL
#else
#define OBKIT_STORE_KERNELS_LIST_MARKS_INL
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

#include "obkit/core/instruction_set.hpp"

#include "kernels/number_list.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#ifdef HWY_TARGET_STR
OBKIT_CHECK_TARGET;
#endif

/// Which of 64 characters are commas, brackets that close a list, and so on, a bit each.
struct Marks {
  std::uint64_t comma = 0, close = 0, point = 0, zero = 0, blank = 0;
};

/// The same for a list of digits and commas.
struct DigitMarks {
  std::uint64_t comma = 0, digit = 0, zero = 0;
};

#if HWY_TARGET == HWY_SCALAR

HWY_INLINE DigitMarks find_digits(const char* text) {
  DigitMarks marks;
  for (std::size_t i = 0; i < block_size; ++i) {
    marks.comma |= std::uint64_t{text[i] == ','} << i;
    marks.digit |= std::uint64_t{text[i] >= '0' && text[i] <= '9'} << i;
    marks.zero |= std::uint64_t{text[i] == '0'} << i;
  }
  return marks;
}

template <bool with_blanks>
HWY_INLINE Marks find_marks(const char* text) {
  Marks marks;
  for (std::size_t i = 0; i < block_size; ++i) {
    marks.comma |= std::uint64_t{text[i] == ','} << i;
    marks.close |= std::uint64_t{text[i] == ']'} << i;
    marks.point |= std::uint64_t{text[i] == '.'} << i;
    marks.zero |= std::uint64_t{text[i] == '0'} << i;
    marks.blank |= std::uint64_t{text[i] == ' '} << i;
  }
  return marks;
}

#else

using Characters = hn::CappedTag<std::uint8_t, block_size>;

HWY_INLINE std::uint64_t bits_of(hn::Mask<Characters> mask) {
  std::uint64_t bits = 0;
  hn::StoreMaskBits(Characters{}, mask, reinterpret_cast<std::uint8_t*>(&bits));
  return bits;
}

HWY_INLINE hn::Vec<Characters> all(char c) {
  return hn::Set(Characters{}, static_cast<std::uint8_t>(c));
}

HWY_INLINE std::uint64_t where(hn::Vec<Characters> text, char c) {
  return bits_of(hn::Eq(text, all(c)));
}

HWY_INLINE DigitMarks find_digits(const char* text) {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(text);
  DigitMarks marks;
  for (std::size_t i = 0; i < block_size; i += hn::Lanes(Characters{})) {
    const auto part = hn::LoadU(Characters{}, from + i);
    marks.comma |= where(part, ',') << i;
    marks.digit |= bits_of(hn::Lt(hn::Sub(part, all('0')), hn::Set(Characters{}, 10))) << i;
    marks.zero |= where(part, '0') << i;
  }
  return marks;
}

template <bool with_blanks>
HWY_INLINE Marks find_marks(const char* text) {
  const auto* const from = reinterpret_cast<const std::uint8_t*>(text);
  Marks marks;
  for (std::size_t i = 0; i < block_size; i += hn::Lanes(Characters{})) {
    const auto part = hn::LoadU(Characters{}, from + i);
    marks.comma |= where(part, ',') << i;
    marks.close |= where(part, ']') << i;
    marks.point |= where(part, '.') << i;
    marks.zero |= where(part, '0') << i;
    if (with_blanks) marks.blank |= where(part, ' ') << i;
  }
  return marks;
}

#endif

/// Goes along a list and says what no number can have, from what stands side by side.
template <bool with_blanks>
class Grammar {
 public:
  /// Bits of `ends` are commas and the closing bracket; `in_list`: those up to it.
  HWY_INLINE void read(const Marks& marks, std::uint64_t ends, std::uint64_t in_list) {
    const std::uint64_t separators = with_blanks ? marks.blank & in_list : ends;
    const std::uint64_t starts = separators << 1 | start_;
    const std::uint64_t zeros = starts & marks.zero;
    std::uint64_t bad = starts & (marks.point | ends);
    bad |= (marks.point << 1 | point_) & ends;
    bad |= (zeros << 1 | zero_) & ~(marks.point | ends);
    if (with_blanks) bad |= separators ^ (((marks.comma & in_list) << 1 | comma_) & in_list);
    start_ = separators >> 63;
    point_ = marks.point >> 63;
    zero_ = zeros >> 63;
    comma_ = marks.comma >> 63;
    bad_ |= bad & in_list;
    points_ |= marks.point & in_list;
  }
  HWY_INLINE bool accepts() const { return bad_ == 0; }
  HWY_INLINE bool has_points() const { return points_ != 0; }

 private:
  // Whether the last character before was such: a separator, a point, a zero at a start, a comma.
  std::uint64_t start_ = 1, point_ = 0, zero_ = 0, comma_ = 0;
  std::uint64_t bad_ = 0, points_ = 0;
};

}  // namespace obkit::store::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles
