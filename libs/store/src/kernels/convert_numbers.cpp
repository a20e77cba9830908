#include "obkit/core/instruction_set.hpp"

#include "kernels/number_list.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convert_numbers.cpp"
#include <hwy/foreach_target.h>

#include "kernels/decimal-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void leave_all(NumberList& list) {
  list.irregular_count_ = list.size_;
  for (std::size_t i = 0; i < list.size_; ++i) list.irregular_[i] = static_cast<std::uint32_t>(i);
}
void convert_doubles(NumberList& list) { leave_all(list); }
void convert_prices(NumberList& list) { leave_all(list); }

#else

using Half = hn::Rebind<std::uint32_t, Words>;

/// What is made of decimals, by vectors.
class Doubles {
 public:
  HWY_INLINE explicit Doubles(NumberList& list) : doubles_{list.doubles_.data()} {}

  /// Digits and power are exact doubles, so the quotient is rounded once; without a power it is the
  /// conversion that rounds. Source: Clinger, "How to Read Floating Point Numbers Accurately"
  /// (1990). Returns not 0 where that does not hold.
  template <std::size_t characters>
  HWY_INLINE Word store(std::size_t i, const Decimal& decimal, Word) {
    auto value = hn::ConvertTo(Reals{}, hn::BitCast(Integers{}, decimal.digits));
    if (!hn::AllTrue(Words{}, hn::Eq(decimal.point, hn::Zero(Words{}))))
      value = hn::Div(
          value, look_up<characters>(Reals{}, all_divisors<characters>.by_point, decimal.point));
    hn::StoreU(value, Reals{}, doubles_ + i);
    return hn::Zero(Words{});
  }

 private:
  double* doubles_;
};

class Prices {
 public:
  HWY_INLINE explicit Prices(NumberList& list)
      : units_{list.units_.data()}, decimals_{list.decimals_.data()} {}

  /// Returns not 0 where more than nine digits stand before or behind the point. `length` in
  /// characters.
  template <std::size_t characters>
  HWY_INLINE Word store(std::size_t i, const Decimal& decimal, Word length) {
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
    hn::StoreU(hn::BitCast(Integers{}, units), Integers{}, units_ + i);
    hn::StoreU(decimals, Words{}, decimals_ + i);
    return excess;
  }

 private:
  std::int64_t* units_;
  std::uint64_t* decimals_;
};

HWY_INLINE void note_irregular(NumberList& list, std::size_t i, Word excess) {
  const auto irregular = hn::Ne(excess, hn::Zero(Words{}));
  std::uint64_t bits = 0;
  hn::StoreMaskBits(Words{}, irregular, reinterpret_cast<std::uint8_t*>(&bits));
  for (; bits != 0; bits &= bits - 1)
    list.irregular_[list.irregular_count_++] =
        static_cast<std::uint32_t>(i + hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
}

/// Where the numbers of a list stand, and their last characters.
class Characters {
 public:
  HWY_INLINE explicit Characters(const NumberList& list)
      : ends_{list.ends_.data()}, last_{list.last_.data()}, between_{1 + list.blanks_} {}

  /// Of each number of a vector from `i` on.
  HWY_INLINE hn::Vec<Half> lengths(std::size_t i) const {
    const Half half;
    return hn::Sub(hn::Sub(hn::LoadU(half, ends_ + i + 1), hn::LoadU(half, ends_ + i)),
                   hn::Set(half, between_));
  }

  /// The last eight of each.
  HWY_INLINE Word last(std::size_t i) const { return hn::LoadU(Words{}, last_ + i); }

 private:
  const std::uint32_t* ends_;
  const std::uint64_t* last_;
  std::uint32_t between_;  ///< characters between two numbers
};

/// What the numbers of a list may have.
enum class Points { none, some };

/// Converts numbers of up to `characters`. With `note` irregular ones are written down; otherwise
/// it returns false when there are any. It also does where one has more than eight characters and
/// only eight are looked at.
template <class Kind, std::size_t characters, bool note, Points points = Points::some>
HWY_NOINLINE bool convert_as(NumberList& list) {
  const Half half;
  const auto most = hn::Set(half, characters);
  auto longest = hn::Zero(half);
  Word all_excess = hn::Zero(Words{});
  list.irregular_count_ = 0;
  const Characters numbers{list};
  Kind kind{list};
  const std::size_t size = list.size_;
  for (std::size_t i = 0; i < size; i += hn::Lanes(Words{})) {
    const auto length = numbers.lengths(i), taken = hn::Min(length, most);
    const Word shift = hn::PromoteTo(Words{}, hn::ShiftLeft<3>(hn::Sub(most, taken)));
    const Word last = numbers.last(i);
    Decimal decimal;
    if constexpr (points == Points::none)
      decimal = whole_up_to_eight(last, shift);
    else if constexpr (characters == 8)
      decimal = up_to_eight(last, shift);
    else
      decimal = up_to_sixteen(hn::LoadU(Words{}, list.before_.data() + i), last, shift);
    longest = hn::Max(longest, length);
    Word excess = hn::Or(
        decimal.excess, kind.template store<characters>(i, decimal, hn::PromoteTo(Words{}, taken)));
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
  if (too_long && (characters == 8 || !note)) return false;
  return note || hn::AllTrue(Words{}, hn::Eq(all_excess, hn::Zero(Words{})));
}

/// Fills in what numbers of more than eight characters need besides.
HWY_INLINE void load_before(NumberList& list) {
  static_assert(read_before >= 2 * sizeof(std::uint64_t));
  const char* const text = list.text_ - 2 * sizeof(std::uint64_t);
  for (std::size_t i = 0; i < list.size_; ++i) {
    const char* const from = text + list.ends_[i + 1];
    list.before_[i] = load_word(from);
  }
}

template <class Kind, std::size_t characters>
HWY_INLINE bool convert_all(NumberList& list) {
  if (list.had_irregular_) return convert_as<Kind, characters, true>(list);
  return convert_as<Kind, characters, false>(list);
}

/// Begins with what the list before needed; what that cannot do is done again with more care.
template <class Kind>
HWY_INLINE void convert(NumberList& list) {
  if (!list.had_long_) {
    const bool is_simple = !list.has_points_ && !list.had_irregular_;
    if (is_simple ? convert_as<Kind, 8, false, Points::none>(list) : convert_all<Kind, 8>(list))
      return;
  }
  load_before(list);
  if (!convert_all<Kind, 16>(list)) convert_as<Kind, 16, true>(list);
}

void convert_doubles(NumberList& list) { convert<Doubles>(list); }
void convert_prices(NumberList& list) { convert<Prices>(list); }

#endif

}  // namespace obkit::store::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::store::kernels {

constexpr auto convert_doubles_kernels = OBKIT_KERNELS(convert_doubles);
constexpr auto convert_prices_kernels = OBKIT_KERNELS(convert_prices);

void NumberList::convert_doubles() { convert_doubles_kernels.best()(*this); }
void NumberList::convert_prices() { convert_prices_kernels.best()(*this); }

}  // namespace obkit::store::kernels
#endif
