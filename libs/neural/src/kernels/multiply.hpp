#pragma once

#include <cstddef>

namespace obkit::neural::kernels {

/// C = start + A·B. All in column-major order but for B, whose strides are free, so that it may be
/// a transposed matrix. C may be where `start` is, and overlaps nothing else.
struct Product {
  std::size_t rows;     ///< of A and C
  std::size_t columns;  ///< of B and C
  std::size_t depth;    ///< columns of A, rows of B
  const float* a;
  std::size_t a_column;  ///< floats from one column to the next
  const float* b;
  std::size_t b_row, b_column;  ///< floats from one row or column to the next
  float* c;
  std::size_t c_column;
  const float* start;         ///< null for zeros
  std::size_t start_column;   ///< 0 to begin each column with the same
  std::size_t start_row = 1;  ///< or 0 to begin each row with the same
};

/// Every element is summed by itself, k = 0, 1, ..., fused where the processor can: it has the same
/// bits whatever else is multiplied in the same call. Results of different instruction sets differ
/// by rounding.
void multiply(const Product& product);

/// to [columns × rows] = from [rows × columns] transposed, both column-major without gaps.
void transpose(const float* from, std::size_t rows, std::size_t columns, float* to);

}  // namespace obkit::neural::kernels
