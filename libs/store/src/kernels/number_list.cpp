#include "kernels/number_list.hpp"

#include <array>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/number_list.cpp"
#include <hwy/foreach_target.h>

#include "kernels/decimal-inl.hpp"
#include "kernels/list_marks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

// Functions of the standard library are compiled for every processor, those here for one:
// NOLINTBEGIN(modernize-avoid-c-arrays)

HWY_INLINE std::uint64_t load_word(const char* from) {
  std::uint64_t word;  // NOLINT(cppcoreguidelines-init-variables)
  std::memcpy(&word, from, sizeof(word));
  return word;
}

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

#if HWY_TARGET == HWY_SCALAR

void leave_all(NumberList& list) {
  list.irregular_count_ = list.size_;
  for (std::size_t i = 0; i < list.size_; ++i) list.irregular_[i] = static_cast<std::uint32_t>(i);
}
void convert_doubles(NumberList& list) { leave_all(list); }
void convert_prices(NumberList& list) { leave_all(list); }

#else

using Half = hn::Rebind<std::uint32_t, Words>;
using Integers = hn::RebindToSigned<Words>;
using Reals = hn::Rebind<double, Words>;

/// By place of the point among 8 or 16 characters, from 1; 0: no point.
template <class Number, std::size_t characters>
struct Powers {
  Number by_point[characters];
};

/// by_point[i] = 10^(most - digits behind the point), or its inverse.
template <class Number, std::size_t characters>
constexpr Powers<Number, characters> divisors() {
  Powers<Number, characters> powers{{1}};
  Number power = 1;
  for (std::size_t i = characters - 1; i > 0; --i) powers.by_point[i] = power *= 10;
  return powers;
}

template <std::size_t characters>
constexpr Powers<std::uint64_t, characters> factors() {
  Powers<std::uint64_t, characters> powers{{1'000'000'000}};
  std::uint64_t power = 1'000'000'000;
  for (std::size_t i = characters - 1; i > 0 && power > 1; --i) powers.by_point[i] = power /= 10;
  return powers;
}

template <std::size_t characters>
alignas(64) constexpr auto all_divisors = divisors<double, characters>();
template <std::size_t characters>
alignas(64) constexpr auto all_factors = factors<characters>();

template <std::size_t characters, class D, class Number>
HWY_INLINE hn::Vec<D> look_up(D d, const Number* table, Word index) {
  // An index that an irregular number has can be anything.
  const Word inside = hn::And(index, all_words(characters - 1));
#if HWY_TARGET == HWY_AVX3
  if constexpr (characters == 8)
    return hn::TableLookupLanes(hn::Load(d, table), hn::IndicesFromVec(d, inside));
#endif
  return hn::GatherIndex(d, table, hn::BitCast(Integers{}, inside));
}

struct Doubles {
  /// Digits and power are exact doubles, so the quotient is rounded once; without a power it is the
  /// conversion that rounds. Source: Clinger, "How to Read Floating Point Numbers Accurately"
  /// (1990). Returns not 0 where that does not hold.
  template <std::size_t characters>
  static HWY_INLINE Word store(NumberList& list, std::size_t i, const Decimal& decimal, Word) {
    auto value = hn::ConvertTo(Reals{}, hn::BitCast(Integers{}, decimal.digits));
    if (!hn::AllTrue(Words{}, hn::Eq(decimal.point, hn::Zero(Words{}))))
      value = hn::Div(
          value, look_up<characters>(Reals{}, all_divisors<characters>.by_point, decimal.point));
    hn::StoreU(value, Reals{}, list.doubles_.data() + i);
    return hn::Zero(Words{});
  }
};

struct Prices {
  /// Returns not 0 where more than nine digits stand before or behind the point. `length` in
  /// characters.
  template <std::size_t characters>
  static HWY_INLINE Word store(NumberList& list, std::size_t i, const Decimal& decimal,
                               Word length) {
    const auto none = hn::Eq(decimal.point, hn::Zero(Words{}));
    const Word decimals = hn::IfThenZeroElse(none, hn::Sub(all_words(characters), decimal.point));
    const Word factor =
        look_up<characters>(Words{}, all_factors<characters>.by_point, decimal.point);
    Word units = hn::MulEven(hn::BitCast(Ints{}, decimal.digits), hn::BitCast(Ints{}, factor));
    Word excess = hn::Zero(Words{});
    if constexpr (characters > 8) {
      const Word upper = hn::ShiftRight<32>(decimal.digits);
      units = hn::Add(units, hn::ShiftLeft<32>(hn::MulEven(hn::BitCast(Ints{}, upper),
                                                           hn::BitCast(Ints{}, factor))));
      const Word behind = hn::IfThenZeroElse(none, hn::Add(decimals, all_words(1)));
      const auto nine = hn::Set(Integers{}, 9);
      const auto whole = hn::BitCast(Integers{}, hn::Sub(length, behind));
      const auto most = hn::Max(whole, hn::BitCast(Integers{}, decimals));
      excess = hn::BitCast(Words{}, hn::Sub(hn::Max(most, nine), nine));
    }
    hn::StoreU(hn::BitCast(Integers{}, units), Integers{}, list.units_.data() + i);
    hn::StoreU(decimals, Words{}, list.decimals_.data() + i);
    return excess;
  }
};

HWY_INLINE void note_irregular(NumberList& list, std::size_t i, Word excess) {
  const auto irregular = hn::Ne(excess, hn::Zero(Words{}));
  std::uint64_t bits = 0;
  hn::StoreMaskBits(Words{}, irregular, reinterpret_cast<std::uint8_t*>(&bits));
  for (; bits != 0; bits &= bits - 1)
    list.irregular_[list.irregular_count_++] =
        static_cast<std::uint32_t>(i + hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
}

/// Converts numbers of up to `characters`. With `note` irregular ones are written down; otherwise
/// it returns false when there are any.
template <class Kind, std::size_t characters, bool note>
HWY_INLINE bool convert_as(NumberList& list) {
  const Half half;
  const auto most = hn::Set(half, characters);
  auto longest = hn::Zero(half);
  Word all_excess = hn::Zero(Words{});
  list.irregular_count_ = 0;
  for (std::size_t i = 0; i < list.size_; i += hn::Lanes(Words{})) {
    const std::uint32_t* const ends = list.ends_.data() + i;
    const auto length = hn::Sub(hn::Sub(hn::LoadU(half, ends + 1), hn::LoadU(half, ends)),
                                hn::Set(half, 1 + list.blanks_));
    const auto taken = hn::Min(length, most);
    const Word shift = hn::PromoteTo(Words{}, hn::ShiftLeft<3>(hn::Sub(most, taken)));
    const Word last = hn::LoadU(Words{}, list.last_.data() + i);
    Decimal decimal;
    if constexpr (characters == 8)
      decimal = up_to_eight(last, shift);
    else
      decimal = up_to_sixteen(hn::LoadU(Words{}, list.before_.data() + i), last, shift);
    longest = hn::Max(longest, length);
    Word excess = hn::Or(decimal.excess, Kind::template store<characters>(
                                             list, i, decimal, hn::PromoteTo(Words{}, taken)));
    if constexpr (note) {
      excess = hn::Or(excess, hn::PromoteTo(Words{}, hn::Xor(length, taken)));
      if (!hn::AllTrue(Words{}, hn::Eq(excess, hn::Zero(Words{})))) note_irregular(list, i, excess);
    } else {
      all_excess = hn::Or(all_excess, excess);
    }
  }
  list.had_long_ = !hn::AllTrue(half, hn::Eq(hn::Max(longest, hn::Set(half, 8)), hn::Set(half, 8)));
  const bool too_long = !hn::AllTrue(half, hn::Eq(hn::Max(longest, most), most));
  if (note) list.had_irregular_ = list.irregular_count_ > 0;
  return note || (!too_long && hn::AllTrue(Words{}, hn::Eq(all_excess, hn::Zero(Words{}))));
}

HWY_INLINE void load_before(NumberList& list) {
  const char* const text = list.text_ - 2 * sizeof(std::uint64_t);
  for (std::size_t i = 0; i < list.size_; ++i)
    list.before_[i] = load_word(text + list.ends_[i + 1]);
}

template <class Kind, std::size_t characters>
HWY_INLINE bool convert_all(NumberList& list) {
  if (list.had_irregular_) return convert_as<Kind, characters, true>(list);
  return convert_as<Kind, characters, false>(list);
}

/// Begins with what the list before needed; what that cannot do is done again with more care.
template <class Kind>
HWY_INLINE void convert(NumberList& list) {
  if (!list.had_long_ && convert_all<Kind, 8>(list)) return;
  load_before(list);
  if (!convert_all<Kind, 16>(list)) convert_as<Kind, 16, true>(list);
}

void convert_doubles(NumberList& list) { convert<Doubles>(list); }
void convert_prices(NumberList& list) { convert<Prices>(list); }

#endif

// NOLINTEND(modernize-avoid-c-arrays)

}  // namespace obkit::store::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::store::kernels {

HWY_EXPORT(find);
HWY_EXPORT(convert_doubles);
HWY_EXPORT(convert_prices);

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
  return HWY_DYNAMIC_DISPATCH(find)(*this, text.size());
}

void NumberList::convert_doubles() { HWY_DYNAMIC_DISPATCH(convert_doubles)(*this); }
void NumberList::convert_prices() { HWY_DYNAMIC_DISPATCH(convert_prices)(*this); }

}  // namespace obkit::store::kernels
#endif
