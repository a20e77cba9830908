#include "kernels/multiply.hpp"

#include <algorithm>
#include <cstddef>

#include "obkit/core/instruction_set.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/multiply.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

// A tile is some vectors of rows (height) times some columns (width) of C that stay in registers:
// 16 before AVX-512, 32 since. The last vector of rows is a Part, mostly a whole one; where a short
// vector holds what is left, it costs half on processors that split long ones.
#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t most_height = 4;
constexpr std::size_t registers = 32;
constexpr std::size_t most_width(std::size_t height) {
  return height >= 3 ? 6 : height == 2 ? 12 : 8;
}
using Short = hn::Half<Floats>;
#else
constexpr std::size_t most_height = 3;
constexpr std::size_t registers = 16;
constexpr std::size_t most_width(std::size_t height) { return height == 3 ? 4 : 6; }
using Short = Floats;
#endif

/// A tile's sums, a column of A and a number of B.
constexpr bool fits_registers(std::size_t height) {
  return height * most_width(height) + height + 1 <= registers;
}
static_assert(fits_registers(1) && fits_registers(2) && fits_registers(3) &&
                  fits_registers(most_height),
              "a tile must stay in registers");

HWY_INLINE Lane first_lanes(Floats, Lane all) { return all; }
#if HWY_TARGET <= HWY_AVX3
HWY_INLINE hn::Vec<Short> first_lanes(Short d, Lane all) { return hn::LowerHalf(d, all); }
#endif

// NOLINTBEGIN(modernize-avoid-c-arrays): see Part.
template <std::size_t height, std::size_t width, class Last>
class Tile {
 public:
  HWY_INLINE Tile(const Product& product, std::size_t row, std::size_t column,
                  const Part<Last>& part)
      : product_{product}, part_{part}, row_{row}, column_{column} {}

  HWY_INLINE void run() {
    begin();
    const Product& p = product_;
    const float* a = p.a + row_;
    const float* b = p.b + column_ * p.b_column;
    for (std::size_t k = 0; k < p.depth; ++k, a += p.a_column, b += p.b_row) accumulate(a, b);
    end();
  }

 private:
  static constexpr std::size_t whole = height - 1;

  static HWY_INLINE std::size_t at(std::size_t v) { return v * hn::Lanes(Floats{}); }

  HWY_INLINE void begin() {
    const Product& p = product_;
    for (std::size_t j = 0; j < width; ++j) {
      const float* from = p.start + row_ * p.start_row + (column_ + j) * p.start_column;
      if (p.start == nullptr || p.start_row == 0) {
        const Lane same = p.start == nullptr ? hn::Zero(Floats{}) : hn::Set(Floats{}, *from);
        for (std::size_t v = 0; v < whole; ++v) sum_[j][v] = same;
        last_sum_[j] = first_lanes(Last{}, same);
      } else {
        for (std::size_t v = 0; v < whole; ++v) sum_[j][v] = hn::LoadU(Floats{}, from + at(v));
        last_sum_[j] = part_.load(from + at(whole));
      }
    }
  }
  HWY_INLINE void accumulate(const float* a, const float* b) {
    Lane rows[height];
    for (std::size_t v = 0; v < whole; ++v) rows[v] = hn::LoadU(Floats{}, a + at(v));
    const auto last = part_.load(a + at(whole));
    for (std::size_t j = 0; j < width; ++j) {
      const float factor = b[j * product_.b_column];
      if constexpr (whole == 0) {
        last_sum_[j] = hn::MulAdd(last, hn::Set(Last{}, factor), last_sum_[j]);
        continue;
      }
      const Lane factors = hn::Set(Floats{}, factor);
      for (std::size_t v = 0; v < whole; ++v) sum_[j][v] = hn::MulAdd(rows[v], factors, sum_[j][v]);
      last_sum_[j] = hn::MulAdd(last, first_lanes(Last{}, factors), last_sum_[j]);
    }
  }
  HWY_INLINE void end() const {
    for (std::size_t j = 0; j < width; ++j) {
      float* to = product_.c + row_ + (column_ + j) * product_.c_column;
      for (std::size_t v = 0; v < whole; ++v) hn::StoreU(sum_[j][v], Floats{}, to + at(v));
      part_.store(last_sum_[j], to + at(whole));
    }
  }

  const Product& product_;
  Part<Last> part_;
  std::size_t row_, column_;
  Lane sum_[width][height];
  hn::Vec<Last> last_sum_[width];
};

// NOLINTEND(modernize-avoid-c-arrays)

/// Asks for up to `count` columns of B from `column` on: samples may still be far from the cache.
HWY_INLINE void prefetch_columns(const Product& p, std::size_t column, std::size_t count) {
  constexpr std::size_t line = 64 / sizeof(float);
  const std::size_t end = std::min(column + count, p.columns);
  for (; column < end; ++column)
    for (std::size_t k = 0; k < p.depth; k += line) hwy::Prefetch(p.b + column * p.b_column + k);
}

/// `tiles` tiles, one beside the other. Returns the column after them.
template <std::size_t height, std::size_t width, class Last>
HWY_INLINE std::size_t run_tiles(const Product& p, std::size_t row, std::size_t column,
                                 const Part<Last>& part, std::size_t tiles) {
  for (; tiles > 0; --tiles, column += width) {
    if (row == 0 && p.b_row == 1) prefetch_columns(p, column + width, width);
    Tile<height, width, Last>{p, row, column, part}.run();
  }
  return column;
}

/// All columns of C from `column` on, at most `width` at once. Some tiles are one narrower where
/// that spares a last one of few columns, which would load more than it sums.
template <std::size_t height, std::size_t width, class Last>
HWY_INLINE void run_columns(const Product& p, std::size_t row, std::size_t column,
                            const Part<Last>& part) {
  const std::size_t left = p.columns - column;
  if constexpr (width == 1) {
    run_tiles<height, 1>(p, row, column, part, left);
  } else {
    const std::size_t tiles = (left + width - 1) / width, spare = tiles * width - left;
    if (spare <= tiles) {
      column = run_tiles<height, width>(p, row, column, part, tiles - spare);
      run_tiles<height, width - 1>(p, row, column, part, spare);
    } else {
      column = run_tiles<height, width>(p, row, column, part, left / width);
      run_columns<height, width / 2>(p, row, column, part);
    }
  }
}

/// `vectors` vectors of rows from `row` on.
template <std::size_t height>
HWY_NOINLINE void run_rows(const Product& p, std::size_t row, std::size_t vectors) {
  if (vectors < height) {
    if constexpr (height > 1) run_rows<height - 1>(p, row, vectors);
    return;
  }
  const std::size_t left = p.rows - row - (height - 1) * hn::Lanes(Floats{});
  if (left <= hn::Lanes(Short{}))
    run_columns<height, most_width(height)>(p, row, 0, Part<Short>{left});
  else
    run_columns<height, most_width(height)>(p, row, 0, Part<>{std::min(left, hn::Lanes(Floats{}))});
}

/// The product, a tile after the other.
HWY_INLINE void run_all(const Product& p) {
  const std::size_t lanes = hn::Lanes(Floats{});
  const std::size_t vectors = (p.rows + lanes - 1) / lanes;
  for (std::size_t done = 0; done < vectors; done += most_height)
    run_rows<most_height>(p, done * lanes, std::min(vectors - done, most_height));
}

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
static_assert(square == 4 || square == 8, "transpose_square() knows these");

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
