#include "kernels/multiply.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/multiply.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

// A tile is `height` vectors of rows times some columns of C that stay in registers: 16 before
// AVX-512, 32 since. The last vector of a tile is always a Part, mostly a whole one.
#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t most_height = 4, most_width = 6;
#else
constexpr std::size_t most_height = 3, most_width = 4;
#endif

template <std::size_t height, std::size_t width>
class Tile {
 public:
  HWY_INLINE Tile(const Product& product, std::size_t row, std::size_t column, const Part& last)
      : last_{last}, product_{product}, row_{row}, column_{column} {}

  HWY_INLINE void run() {
    begin();
    const Product& p = product_;
    const float* a = p.a + row_;
    const float* b = p.b + column_ * p.b_column;
    for (std::size_t k = 0; k < p.depth; ++k, a += p.a_column, b += p.b_row) accumulate(a, b);
    end();
  }

 private:
  HWY_INLINE Lane load(const float* from, std::size_t v) const {
    const Floats d;
    const float* at = from + v * hn::Lanes(d);
    return v + 1 == height ? last_.load(at) : hn::LoadU(d, at);
  }
  HWY_INLINE void begin() {
    for (std::size_t j = 0; j < width; ++j)
      for (std::size_t v = 0; v < height; ++v)
        sum_[j][v] = product_.start == nullptr
                         ? hn::Zero(Floats{})
                         : load(product_.start + row_ + (column_ + j) * product_.start_column, v);
  }
  HWY_INLINE void accumulate(const float* a, const float* b) {
    Lane column[height];
    for (std::size_t v = 0; v < height; ++v) column[v] = load(a, v);
    for (std::size_t j = 0; j < width; ++j) {
      const Lane factor = hn::Set(Floats{}, b[j * product_.b_column]);
      for (std::size_t v = 0; v < height; ++v)
        sum_[j][v] = hn::MulAdd(column[v], factor, sum_[j][v]);
    }
  }
  HWY_INLINE void end() const {
    const Floats d;
    for (std::size_t j = 0; j < width; ++j) {
      float* to = product_.c + row_ + (column_ + j) * product_.c_column;
      for (std::size_t v = 0; v + 1 < height; ++v) hn::StoreU(sum_[j][v], d, to + v * hn::Lanes(d));
      last_.store(sum_[j][height - 1], to + (height - 1) * hn::Lanes(d));
    }
  }

  Part last_;
  const Product& product_;
  std::size_t row_, column_;
  Lane sum_[width][height];
};

/// All columns of C from `column` on, at most `width` at once.
template <std::size_t height, std::size_t width>
HWY_INLINE void run_columns(const Product& p, std::size_t row, std::size_t column,
                            const Part& last) {
  for (; column + width <= p.columns; column += width)
    Tile<height, width>{p, row, column, last}.run();
  if constexpr (width > 1) run_columns<height, width - 1>(p, row, column, last);
}

/// `vectors` vectors of rows from `row` on.
template <std::size_t height>
HWY_NOINLINE void run_rows(const Product& p, std::size_t row, std::size_t vectors) {
  if (vectors < height) {
    if constexpr (height > 1) run_rows<height - 1>(p, row, vectors);
    return;
  }
  const std::size_t lanes = hn::Lanes(Floats{});
  const std::size_t left = p.rows - row - (height - 1) * lanes;
  run_columns<height, most_width>(p, row, 0, Part{left < lanes ? left : lanes});
}

void multiply(const Product& p) {
  const std::size_t lanes = hn::Lanes(Floats{});
  const std::size_t vectors = (p.rows + lanes - 1) / lanes;
  for (std::size_t done = 0; done < vectors;) {
    const std::size_t now = vectors - done < most_height ? vectors - done : most_height;
    run_rows<most_height>(p, done * lanes, now);
    done += now;
  }
}

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::neural::kernels {

HWY_EXPORT(multiply);

void multiply(const Product& product) { HWY_DYNAMIC_DISPATCH(multiply)(product); }

// In squares, so that what is read and what is written both stay in the first cache.
void transpose(const float* from, std::size_t rows, std::size_t columns, float* to) {
  constexpr std::size_t side = 16;
  for (std::size_t column = 0; column < columns; column += side)
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t j = column; j < columns && j < column + side; ++j)
        to[row * columns + j] = from[j * rows + row];
}

}  // namespace obkit::neural::kernels
#endif
