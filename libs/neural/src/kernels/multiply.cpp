#include "kernels/multiply.hpp"

#include <algorithm>
#include <cstddef>

#include "obkit/core/instruction_set.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/multiply.cpp"
#include <hwy/foreach_target.h>

#include "kernels/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

// NOLINTBEGIN(modernize-avoid-c-arrays): see Part.
constexpr std::size_t few_rows = 3;

/// A few rows leave most of a vector empty: Cᵀ = startᵀ + Bᵀ·Aᵀ, of the same sums, fills it.
/// Pre: at most few_rows; b_column is 1.
void multiply_few(const Product& p) {
  constexpr std::size_t most = most_height * hn::MaxLanes(Floats{});
  float sums[few_rows * most];
  for (std::size_t first = 0; first < p.columns; first += most) {
    const std::size_t count = std::min(most, p.columns - first);
    const auto for_each = [&](auto use) {
      for (std::size_t i = 0; i < p.rows; ++i)
        for (std::size_t j = 0; j < count; ++j) use(sums[j + i * count], i, first + j);
    };
    const auto begin = [&](float& sum, std::size_t i, std::size_t j) {
      sum = p.start[i * p.start_row + j * p.start_column];
    };
    if (p.start != nullptr) for_each(begin);
    run_all({.rows = count,
             .columns = p.rows,
             .depth = p.depth,
             .a = p.b + first,
             .a_column = p.b_row,
             .b = p.a,
             .b_row = p.a_column,
             .b_column = 1,
             .c = sums,
             .c_column = count,
             .start = p.start == nullptr ? nullptr : sums,
             .start_column = count});
    for_each([&](float sum, std::size_t i, std::size_t j) { p.c[i + j * p.c_column] = sum; });
  }
}
// NOLINTEND(modernize-avoid-c-arrays)

void multiply(const Product& p) {
  const std::size_t rest = p.rows % hn::Lanes(Floats{});
  if (rest == 0 || rest > few_rows || p.b_column != 1 || p.columns <= rest) return run_all(p);
  Product whole = p, few = p;
  whole.rows -= rest;
  few.rows = rest;
  few.a += whole.rows;
  few.c += whole.rows;
  if (p.start != nullptr) few.start += whole.rows * p.start_row;
  multiply_few(few);
  run_all(whole);
}

// A square of as many rows and columns as a vector of at most eight holds.
#if HWY_TARGET != HWY_SCALAR
using Square = hn::CappedTag<float, 8>;
constexpr std::size_t square = hn::MaxLanes(Square{});

/// Of four columns v: v[i] becomes row i, and, where there are eight, row i + 4 beside it.
HWY_INLINE void transpose_four(hn::Vec<Square>* v) {
  const Square d;
  const auto lower_ac = hn::InterleaveLower(d, v[0], v[2]);
  const auto upper_ac = hn::InterleaveUpper(d, v[0], v[2]);
  const auto lower_be = hn::InterleaveLower(d, v[1], v[3]);
  const auto upper_be = hn::InterleaveUpper(d, v[1], v[3]);
  v[0] = hn::InterleaveLower(d, lower_ac, lower_be);
  v[1] = hn::InterleaveUpper(d, lower_ac, lower_be);
  v[2] = hn::InterleaveLower(d, upper_ac, upper_be);
  v[3] = hn::InterleaveUpper(d, upper_ac, upper_be);
}

HWY_INLINE void transpose_square(const float* from, std::size_t from_column, float* to,
                                 std::size_t to_column) {
  const Square d;
  hn::Vec<Square> v[square];  // NOLINT(modernize-avoid-c-arrays): see Part
  for (std::size_t j = 0; j < square; ++j) v[j] = hn::LoadU(d, from + j * from_column);
  for (std::size_t j = 0; j < square; j += 4) transpose_four(v + j);
  for (std::size_t i = 0; i < 4; ++i) {
    if constexpr (square == 4) {
      hn::StoreU(v[i], d, to + i * to_column);
    } else {
      hn::StoreU(hn::ConcatLowerLower(d, v[i + 4], v[i]), d, to + i * to_column);
      hn::StoreU(hn::ConcatUpperUpper(d, v[i + 4], v[i]), d, to + (i + 4) * to_column);
    }
  }
}
#endif

void transpose(const float* from, std::size_t rows, std::size_t columns, float* to) {
#if HWY_TARGET != HWY_SCALAR
  if (rows >= square && columns >= square) {  // the last squares may lie over those before
    for (std::size_t j = 0; j < columns; j += square) {
      const std::size_t column = std::min(j, columns - square);
      for (std::size_t i = 0; i < rows; i += square) {
        const std::size_t row = std::min(i, rows - square);
        transpose_square(from + column * rows + row, rows, to + row * columns + column, columns);
      }
    }
    return;
  }
#endif
  for (std::size_t column = 0; column < columns; ++column)
    for (std::size_t row = 0; row < rows; ++row)
      to[row * columns + column] = from[column * rows + row];
}

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::neural::kernels {

constexpr auto multiply_kernels = OBKIT_KERNELS(multiply);
constexpr auto transpose_kernels = OBKIT_KERNELS(transpose);

void multiply(const Product& product) { multiply_kernels.best()(product); }

void transpose(const float* from, std::size_t rows, std::size_t columns, float* to) {
  transpose_kernels.best()(from, rows, columns, to);
}

}  // namespace obkit::neural::kernels
#endif
