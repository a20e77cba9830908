// Included once for each instruction set (Highway's foreach_target), hence no #pragma once.
#if defined(OBKIT_STORE_KERNELS_DECIMAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef OBKIT_STORE_KERNELS_DECIMAL_INL
#undef OBKIT_STORE_KERNELS_DECIMAL_INL
#else
#define OBKIT_STORE_KERNELS_DECIMAL_INL
#endif

#include <cstdint>

#include <hwy/highway.h>

// Eight bytes side by side are beyond HWY_SCALAR.
#if HWY_TARGET != HWY_SCALAR

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// A lane has eight characters of one number, lanes those of many numbers. The character at the
// lowest address is the lowest byte. A number ends with its lane; bytes before it are 0.
using Words = hn::ScalableTag<std::uint64_t>;
using Bytes = hn::Repartition<std::uint8_t, Words>;
using Shorts = hn::Repartition<std::uint16_t, Words>;
using Ints = hn::Repartition<std::uint32_t, Words>;
using Word = hn::Vec<Words>;

HWY_INLINE hn::Vec<Bytes> bytes(Word word) { return hn::BitCast(Bytes{}, word); }
HWY_INLINE Word words(hn::Vec<Bytes> v) { return hn::BitCast(Words{}, v); }
HWY_INLINE Word all_words(std::uint64_t value) { return hn::Set(Words{}, value); }

/// The last 8 - `shift` / 8 characters of `text`; digits become 0 to 9, a point `point`, all else
/// is above 9 and no point.
HWY_INLINE Word take_end(Word text, Word shift) {
  const Word digits = hn::Xor(text, all_words(0x3030303030303030));
  return hn::And(digits, hn::Shl(all_words(~std::uint64_t{0}), shift));
}
constexpr std::uint8_t point = '.' ^ '0';

/// Positions of bytes in a lane, where the first one is `first`.
HWY_INLINE hn::Vec<Bytes> positions(std::uint64_t first) {
  return bytes(all_words(0x0706050403020100 + first * 0x0101010101010101));
}

/// Where the point stands: `first` + 1 when it is the first byte; 0 without a point, the sum of all
/// for several.
HWY_INLINE Word find_points(Word word, std::uint64_t first) {
  const auto is_point = hn::Eq(bytes(word), hn::Set(Bytes{}, point));
  return hn::SumsOf8(hn::IfThenElseZero(is_point, positions(first + 1)));
}

/// The lowest byte of each lane, eight times.
HWY_INLINE hn::Vec<Bytes> lowest_bytes(Word word) {
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array is compiled for every processor
  alignas(16) constexpr std::uint8_t lowest[16] = {0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8};
  return hn::TableLookupBytes(bytes(word), hn::LoadDup128(Bytes{}, lowest));
}

/// Which bytes are the point or stand before it; none without a point.
HWY_INLINE hn::Mask<Bytes> up_to(Word points, std::uint64_t first) {
  return hn::Gt(lowest_bytes(points), positions(first));
}

/// `moved` up to the point, `word` behind it.
HWY_INLINE Word close_gap(Word points, std::uint64_t first, Word moved, Word word) {
  return words(hn::IfThenElse(up_to(points, first), bytes(moved), bytes(word)));
}

/// Not 0 where a byte of the lane is above 9.
HWY_INLINE Word above_nine(Word word) {
  return words(hn::SaturatedSub(bytes(word), hn::Set(Bytes{}, 9)));
}

/// Of neighbours in 16 bits the first is multiplied by 10, and both are added; of such pairs in 32
/// bits the first by 100.
HWY_INLINE hn::Vec<Ints> four_digits(hn::Vec<Bytes> digits) {
  const Shorts d16;
  const auto weights = hn::Set(d16, (1 << 8) | 10);
  const auto more_weights = hn::BitCast(d16, hn::Set(Ints{}, (1U << 16) | 100));
#if HWY_TARGET <= HWY_AVX3
  const auto pairs = _mm512_maddubs_epi16(digits.raw, weights.raw);
  return hn::Vec<Ints>{_mm512_madd_epi16(pairs, more_weights.raw)};
#elif HWY_TARGET == HWY_AVX2
  const auto pairs = _mm256_maddubs_epi16(digits.raw, weights.raw);
  return hn::Vec<Ints>{_mm256_madd_epi16(pairs, more_weights.raw)};
#else
  const auto first = hn::And(hn::BitCast(d16, digits), hn::Set(d16, 0xFF));
  const auto second = hn::ShiftRight<8>(hn::BitCast(d16, digits));
  const auto pairs = hn::Add(hn::Mul(first, hn::And(weights, hn::Set(d16, 0xFF))), second);
  const auto weighed = hn::BitCast(Ints{}, hn::Mul(pairs, more_weights));
  return hn::Add(hn::And(weighed, hn::Set(Ints{}, 0xFFFF)), hn::ShiftRight<16>(weighed));
#endif
}

/// Of two integers in a lane the first is multiplied, and both are added.
HWY_INLINE Word join(hn::Vec<Ints> two, std::uint32_t factor) {
  return hn::Add(hn::MulEven(two, hn::Set(Ints{}, factor)),
                 hn::ShiftRight<32>(hn::BitCast(Words{}, two)));
}

/// The number of eight digits.
HWY_INLINE Word eight_digits(Word word) { return join(four_digits(bytes(word)), 10'000); }

/// Numbers of digits and at most one point, which is neither first nor last.
struct Decimal {
  Word digits;  ///< as an integer, without the point
  Word point;   ///< place in the word or words, from 1; 0: none
  Word excess;  ///< 0 where all this holds
};

/// Numbers of 1 to 8 characters at the end of `last`; `shift`: 64 - 8 x length.
HWY_INLINE Decimal up_to_eight(Word last, Word shift) {
  const Word word = take_end(last, shift);
  const Word points = find_points(word, 0);
  const Word digits = close_gap(points, 0, hn::ShiftLeft<8>(word), word);
  return {eight_digits(digits), points, above_nine(digits)};
}

/// The same where no number has a point.
HWY_INLINE Decimal whole_up_to_eight(Word last, Word shift) {
  const Word word = take_end(last, shift);
  return {eight_digits(word), hn::Zero(Words{}), above_nine(word)};
}

/// Numbers of 1 to 16 characters at the end of `before` and `last`; `shift`: 128 - 8 x length.
HWY_INLINE Decimal up_to_sixteen(Word before, Word last, Word shift) {
  const Word full = all_words(64);
  const Word shift_before = hn::Min(shift, full);
  const Word shift_last = hn::Sub(shift, shift_before);
  const auto is_short = hn::Eq(shift_before, full);
  const Word low = take_end(last, shift_last);
  const Word high =
      hn::IfThenZeroElse(is_short, take_end(before, hn::And(shift_before, all_words(63))));
  const Word points = hn::Add(find_points(high, 0), find_points(low, 8));
  const Word moved = hn::Or(hn::ShiftLeft<8>(low), hn::ShiftRight<56>(high));
  const Word low_digits = close_gap(points, 8, moved, low);
  const Word high_digits = close_gap(points, 0, hn::ShiftLeft<8>(high), high);
  const Word upper =
      hn::MulEven(hn::BitCast(Ints{}, eight_digits(high_digits)), hn::Set(Ints{}, 100'000'000));
  return {hn::Add(upper, eight_digits(low_digits)), points,
          hn::Or(above_nine(low_digits), above_nine(high_digits))};
}

using Integers = hn::RebindToSigned<Words>;
using Reals = hn::Rebind<double, Words>;

// Functions of the standard library are compiled for every processor, those here for one:
// NOLINTBEGIN(modernize-avoid-c-arrays)

/// By place of the point among 8 or 16 characters, from 1; 0: no point.
template <class Number, std::size_t characters>
struct Powers {
  Number by_point[characters];
};

/// What digits are divided by: 10^(digits behind the point).
template <class Number, std::size_t characters>
constexpr Powers<Number, characters> divisors() {
  Powers<Number, characters> powers{{1}};
  Number power = 1;
  for (std::size_t i = characters - 1; i > 0; --i) powers.by_point[i] = power *= 10;
  return powers;
}

/// What digits are multiplied by to have billionths; 0 for more than nine decimals.
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
#if HWY_TARGET <= HWY_AVX3
  if constexpr (characters == 8)
    return hn::TableLookupLanes(hn::Load(d, table), hn::IndicesFromVec(d, inside));
#endif
  return hn::GatherIndex(d, table, hn::BitCast(Integers{}, inside));
}

// NOLINTEND(modernize-avoid-c-arrays)

}  // namespace obkit::store::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HWY_SCALAR
#endif  // include guard that toggles
