#include "obkit/core/instruction_set.hpp"

#include "kernels/number_list.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/find_numbers.cpp"
#include <hwy/foreach_target.h>

#include "kernels/list_marks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

/// Writes down the numbers of a list, block by block.
class Notes {
 public:
  HWY_INLINE explicit Notes(NumberList& list)
      : list_{list},
        end_{list.ends_.data() + 1},
        last_{list.last_.data()},
        most_{last_ + list.last_.size() - NumberList::margin} {}

  /// Those that end where `ends` has bits, in the block at `at`. False where there are more than
  /// there is room for.
  HWY_INLINE bool take(std::size_t at, std::uint64_t ends) {
    if (last_ > most_) return false;
    const auto count = static_cast<std::size_t>(hwy::PopCount(ends));
    write(at, ends, count);
    end_ += count;
    last_ += count;
    return true;
  }

  /// Behind the last number stand others, so that all vectors are full.
  HWY_INLINE void finish() {
    constexpr std::size_t longest_added = added_length + 2;  // a comma and a blank before it
    static_assert(read_behind >= added_numbers * longest_added);
    constexpr std::uint64_t zeros = 0x3030303030303030;
    list_.size_ = static_cast<std::size_t>(last_ - list_.last_.data());
    for (std::uint32_t k = 0; k < added_numbers; ++k) {
      end_[k] = end_[-1] + (k + 1) * (added_length + 1 + list_.blanks_);
      last_[k] = zeros;
    }
  }

 private:
  static constexpr std::uint32_t added_length = 1;  // a zero

  /// Four at once, so that fewer branches are to be guessed; those beyond are written over.
  HWY_INLINE void write(std::size_t at, std::uint64_t ends, std::size_t count) {
    constexpr std::uint64_t beyond = std::uint64_t{1} << 63;
    const char* const text = list_.text_ + at - sizeof(std::uint64_t);
    for (std::size_t i = 0; i < count; i += 4) {
      for (std::size_t k = i; k < i + 4; ++k) {
        const std::size_t end = hwy::Num0BitsBelowLS1Bit_Nonzero64(ends | beyond);
        end_[k] = static_cast<std::uint32_t>(at + end);
        last_[k] = load_word(text + end);
        ends &= ends - 1;
      }
    }
  }

  NumberList& list_;
  std::uint32_t* end_;   ///< of the next number
  std::uint64_t* last_;  ///< its last characters
  const std::uint64_t* most_;
};

/// Whether it is a list of numbers, all of which were written down.
template <bool with_blanks>
HWY_INLINE bool note_numbers(NumberList& list, std::size_t size) {
  Grammar<with_blanks> grammar;
  Notes notes{list};
  const char* const text = list.text_;
  static_assert(read_behind >= block_size - 1);  // the last block holds the last character
  for (std::size_t at = 0; at < size; at += block_size) {
    const Marks marks = find_marks<with_blanks>(text + at);
    if (marks.close == 0) {
      grammar.read(marks, marks.comma, ~std::uint64_t{0});
      if (!notes.take(at, marks.comma)) return false;
      continue;
    }
    const std::uint64_t close = marks.close & (~marks.close + 1), in_list = close | (close - 1);
    const std::uint64_t ends = (marks.comma & in_list) | close;
    grammar.read(marks, ends, in_list);
    if (!notes.take(at, ends)) return false;
    notes.finish();
    list.has_points_ = grammar.has_points();
    return grammar.accepts();
  }
  return false;
}

template <bool with_blanks>
HWY_INLINE std::size_t find_in(NumberList& list, std::size_t size) {
  if (!note_numbers<with_blanks>(list, size)) return 0;
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
