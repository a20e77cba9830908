#include <cstdint>

#include "obkit/core/instruction_set.hpp"

#include "kernels/number_list.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/whole_numbers.cpp"
#include <hwy/foreach_target.h>

#include "kernels/list_marks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

/// Finds numbers that are too long, whatever block they begin in.
class LongNumbers {
 public:
  /// Not 0 where one of more than 15 of `digits` has its 16th or a later one.
  HWY_INLINE std::uint64_t find(std::uint64_t digits) {
    const std::uint64_t two = digits & (digits << 1 | one_ >> 63);
    const std::uint64_t four = two & (two << 2 | two_ >> 62);
    const std::uint64_t eight = four & (four << 4 | four_ >> 60);
    const std::uint64_t sixteen = eight & (eight << 8 | eight_ >> 56);
    one_ = digits, two_ = two, four_ = four, eight_ = eight;
    return sixteen;
  }

 private:
  // Of the block before: where that many digits or more end.
  std::uint64_t one_ = 0, two_ = 0, four_ = 0, eight_ = 0;
};

WholeNumbers find_whole(const char* text, std::size_t size) {
  LongNumbers long_numbers;
  std::uint64_t start = 1, zero = 0;  // whether such stands at the end of the block before
  std::uint64_t bad = 0;
  std::size_t count = 0;
  static_assert(read_behind >= block_size - 1);  // the last block holds the last character
  for (std::size_t at = 0; at < size; at += block_size) {
    const DigitMarks marks = find_digits(text + at);
    const std::uint64_t others = ~(marks.comma | marks.digit);
    const std::uint64_t close = others & (~others + 1), in_list = close | (close - 1);
    const std::uint64_t ends = (marks.comma & in_list) | close;
    const std::uint64_t starts = ends << 1 | start, zeros = starts & marks.zero;
    bad |= (starts & ends) | ((zeros << 1 | zero) & ~ends & in_list);
    bad |= long_numbers.find(~ends & in_list);
    start = ends >> 63;
    zero = zeros >> 63;
    count += hwy::PopCount(ends);
    if (close == 0) continue;
    const std::size_t end = at + hwy::Num0BitsBelowLS1Bit_Nonzero64(close);
    return bad == 0 && end < size && text[end] == ']' ? WholeNumbers{end, count} : WholeNumbers{};
  }
  return {};
}

}  // namespace obkit::store::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::store::kernels {

constexpr auto find_whole_kernels = OBKIT_KERNELS(find_whole);

WholeNumbers find_whole_numbers(std::string_view text) {
  return find_whole_kernels.best()(text.data(), text.size());
}

}  // namespace obkit::store::kernels
#endif
