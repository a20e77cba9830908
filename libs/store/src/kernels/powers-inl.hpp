// Included once for each instruction set (Highway's foreach_target), hence no #pragma once.
#if defined(OBKIT_STORE_KERNELS_POWERS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef OBKIT_STORE_KERNELS_POWERS_INL
#undef OBKIT_STORE_KERNELS_POWERS_INL
#else
#define OBKIT_STORE_KERNELS_POWERS_INL
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

#include "kernels/decimal-inl.hpp"

#if HWY_TARGET != HWY_SCALAR

HWY_BEFORE_NAMESPACE();
namespace obkit::store::kernels::HWY_NAMESPACE {

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
