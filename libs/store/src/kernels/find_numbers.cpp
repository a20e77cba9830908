#include "obkit/core/instruction_set.hpp"

#include "kernels/number_list.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/find_numbers.cpp"
#include <hwy/foreach_target.h>

#include "kernels/list_marks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

/// Writes down the numbers that end where all blocks of `ends_in_block_` have bits. False where
/// there are more than there is room for.
HWY_INLINE bool note_ends(NumberList& list, std::size_t blocks) {
  constexpr std::uint64_t beyond = std::uint64_t{1} << 63;
  std::uint32_t* to = list.ends_.data() + 1;
  std::uint64_t* last = list.last_.data();
  const std::uint64_t* const limit = last + list.last_.size() - NumberList::margin;
  for (std::size_t block = 0; block < blocks; ++block) {
    if (last > limit) return false;
    const std::size_t at = block * block_size;
    const char* const text = list.text_ + at - sizeof(std::uint64_t);
    std::uint64_t ends = list.ends_in_block_[block];
    const auto count = static_cast<std::size_t>(hwy::PopCount(ends));
    // Four at once, so that fewer branches are to be guessed; those beyond are written over.
    for (std::size_t i = 0; i < count; i += 4) {
      for (std::size_t k = i; k < i + 4; ++k) {
        const std::size_t end = hwy::Num0BitsBelowLS1Bit_Nonzero64(ends | beyond);
        to[k] = static_cast<std::uint32_t>(at + end);
        last[k] = load_word(text + end);
        ends &= ends - 1;
      }
    }
    to += count;
    last += count;
  }
  list.size_ = static_cast<std::size_t>(last - list.last_.data());
  return true;
}

/// Behind the last number stand others, so that all vectors are full.
HWY_INLINE void fill_up(NumberList& list) {
  std::uint32_t* const ends = list.ends_.data() + list.size_;
  std::uint64_t* const last = list.last_.data() + list.size_;
  constexpr std::uint64_t zeros = 0x3030303030303030;
  for (std::uint32_t k = 0; k < 8; ++k) {
    ends[k + 1] = ends[0] + (k + 1) * (2 + list.blanks_);
    last[k] = zeros;
  }
}

/// Fills ends_in_block_; how many blocks, 0 where the list has no end or is none of numbers.
template <bool with_blanks>
HWY_INLINE std::size_t mark_ends(NumberList& list, std::size_t size) {
  Grammar<with_blanks> grammar;
  std::size_t block = 0;
  for (std::size_t at = 0; at < size; at += block_size) {
    const Marks marks = find_marks<with_blanks>(list.text_ + at);
    if (marks.close == 0) {
      grammar.read(marks, marks.comma, ~std::uint64_t{0});
      list.ends_in_block_[block++] = marks.comma;
      continue;
    }
    const std::uint64_t close = marks.close & (~marks.close + 1), in_list = close | (close - 1);
    const std::uint64_t ends = (marks.comma & in_list) | close;
    grammar.read(marks, ends, in_list);
    list.ends_in_block_[block++] = ends;
    list.has_points_ = grammar.has_points();
    return grammar.accepts() ? block : 0;
  }
  return 0;
}

template <bool with_blanks>
HWY_INLINE std::size_t find_in(NumberList& list, std::size_t size) {
  const std::size_t blocks = mark_ends<with_blanks>(list, size);
  if (blocks == 0 || !note_ends(list, blocks)) return 0;
  fill_up(list);
  const std::size_t end = list.ends_[list.size_];
  return end < size ? end : 0;
}

std::size_t find(NumberList& list, std::size_t size) {
  return list.blanks_ == 0 ? find_in<false>(list, size) : find_in<true>(list, size);
}

}  // namespace obkit::store::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::store::kernels {

constexpr auto find_kernels = OBKIT_KERNELS(find);

std::size_t NumberList::find(std::string_view text, Blanks blanks) {
  text_ = text.data();
  blanks_ = blanks == Blanks::one ? 1 : 0;
  size_ = 0;
  // Each number has a character and a comma.
  const std::size_t room = text.size() / 2 + 1 + margin;
  if (last_.size() < room) {
    ends_in_block_.resize(text.size() / 64 + 1);
    ends_.resize(room + 1);
    last_.resize(room);
    before_.resize(room);
    units_.resize(room);
    decimals_.resize(room);
    doubles_.resize(room);
    irregular_.resize(room);
  }
  ends_[0] = ~blanks_;  // before the first number nothing stands, neither comma nor blank
  return find_kernels.best()(*this, text.size());
}

}  // namespace obkit::store::kernels
#endif
