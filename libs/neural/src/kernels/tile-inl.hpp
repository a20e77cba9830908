// Included once for each instruction set (Highway's foreach_target), hence no #pragma once.
#if defined(OBKIT_NEURAL_KERNELS_TILE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef OBKIT_NEURAL_KERNELS_TILE_INL
#undef OBKIT_NEURAL_KERNELS_TILE_INL
#else
#define OBKIT_NEURAL_KERNELS_TILE_INL
#endif

#include <algorithm>
#include <cstddef>

#include <hwy/cache_control.h>

#include "kernels/lanes-inl.hpp"
#include "kernels/multiply.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

// A tile is some vectors of rows (height) times some columns (width) of C that stay in registers:
// 16 before AVX-512, 32 since. The last vector of rows is a Part, mostly a whole one; where a short
// vector holds what is left, it costs half on processors that split long ones.
#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t most_height = 4;
constexpr std::size_t most_width(std::size_t height) {
  return height >= 3 ? 6 : height == 2 ? 12 : 8;
}
using Short = hn::Half<Floats>;
#else
constexpr std::size_t most_height = 3;
constexpr std::size_t most_width(std::size_t height) { return height == 3 ? 4 : 6; }
using Short = Floats;
#endif

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

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
