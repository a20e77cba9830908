#include "kernels/multiply.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/multiply.cpp"
#include <hwy/foreach_target.h>

#include "kernels/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace obkit::neural::kernels::HWY_NAMESPACE {

// A tile is some vectors of rows (height) times some columns (width) of C that stay in registers:
// 16 before AVX-512, 32 since. The last vector of rows is a Part, mostly a whole one; where a short
// vector holds what is left, it costs half on processors that split long ones.
#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t most_height = 4, most_width = 6;
using Short = hn::Half<Floats>;
#else
constexpr std::size_t most_height = 3, most_width = 4;
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
      const float* from = p.start + row_ + (column_ + j) * p.start_column;
      for (std::size_t v = 0; v < whole; ++v)
        sum_[j][v] = p.start == nullptr ? hn::Zero(Floats{}) : hn::LoadU(Floats{}, from + at(v));
      last_sum_[j] = p.start == nullptr ? hn::Zero(Last{}) : part_.load(from + at(whole));
    }
  }
  HWY_INLINE void accumulate(const float* a, const float* b) {
    Lane rows[height];
    for (std::size_t v = 0; v < whole; ++v) rows[v] = hn::LoadU(Floats{}, a + at(v));
    const auto last = part_.load(a + at(whole));
    for (std::size_t j = 0; j < width; ++j) {
      const Lane factor = hn::Set(Floats{}, b[j * product_.b_column]);
      for (std::size_t v = 0; v < whole; ++v) sum_[j][v] = hn::MulAdd(rows[v], factor, sum_[j][v]);
      last_sum_[j] = hn::MulAdd(last, first_lanes(Last{}, factor), last_sum_[j]);
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

/// All columns of C from `column` on, at most `width` at once.
template <std::size_t height, std::size_t width, class Last>
HWY_INLINE void run_columns(const Product& p, std::size_t row, std::size_t column,
                            const Part<Last>& part) {
  for (; column + width <= p.columns; column += width)
    Tile<height, width, Last>{p, row, column, part}.run();
  if constexpr (width > 1) run_columns<height, width - 1>(p, row, column, part);
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
    run_columns<height, most_width>(p, row, 0, Part<Short>{left});
  else
    run_columns<height, most_width>(p, row, 0, Part<>{std::min(left, hn::Lanes(Floats{}))});
}

void multiply(const Product& p) {
  const std::size_t lanes = hn::Lanes(Floats{});
  const std::size_t vectors = (p.rows + lanes - 1) / lanes;
  for (std::size_t done = 0; done < vectors; done += most_height)
    run_rows<most_height>(p, done * lanes, std::min(vectors - done, most_height));
}

#if HWY_TARGET != HWY_SCALAR
/// Four rows of four columns.
HWY_INLINE void transpose_four(const float* from, std::size_t from_column, float* to,
                               std::size_t to_column) {
  const hn::CappedTag<float, 4> d;
  const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + from_column);
  const auto c = hn::LoadU(d, from + 2 * from_column), e = hn::LoadU(d, from + 3 * from_column);
  const auto lower_ac = hn::InterleaveLower(d, a, c), upper_ac = hn::InterleaveUpper(d, a, c);
  const auto lower_be = hn::InterleaveLower(d, b, e), upper_be = hn::InterleaveUpper(d, b, e);
  hn::StoreU(hn::InterleaveLower(d, lower_ac, lower_be), d, to);
  hn::StoreU(hn::InterleaveUpper(d, lower_ac, lower_be), d, to + to_column);
  hn::StoreU(hn::InterleaveLower(d, upper_ac, upper_be), d, to + 2 * to_column);
  hn::StoreU(hn::InterleaveUpper(d, upper_ac, upper_be), d, to + 3 * to_column);
}
#endif

void transpose(const float* from, std::size_t rows, std::size_t columns, float* to) {
  const auto one = [&](std::size_t row, std::size_t column) {
    to[row * columns + column] = from[column * rows + row];
  };
  std::size_t column = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; column + 4 <= columns; column += 4) {
    std::size_t row = 0;
    for (; row + 4 <= rows; row += 4)
      transpose_four(from + column * rows + row, rows, to + row * columns + column, columns);
    for (; row < rows; ++row)
      for (std::size_t j = column; j < column + 4; ++j) one(row, j);
  }
#endif
  for (; column < columns; ++column)
    for (std::size_t row = 0; row < rows; ++row) one(row, column);
}

}  // namespace obkit::neural::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace obkit::neural::kernels {

HWY_EXPORT(multiply);
HWY_EXPORT(transpose);

void multiply(const Product& product) { HWY_DYNAMIC_DISPATCH(multiply)(product); }

void transpose(const float* from, std::size_t rows, std::size_t columns, float* to) {
  HWY_DYNAMIC_DISPATCH(transpose)(from, rows, columns, to);
}

}  // namespace obkit::neural::kernels
#endif
