#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "kernels/elementwise.hpp"
#include "kernels/multiply.hpp"
#include "net/random.hpp"
#include "support/each_target.hpp"

namespace obkit::neural {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<float> draw(std::mt19937& random, std::size_t count, float low = -1, float high = 1) {
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random, low, high);
  return values;
}

/// How many floats lie between, about.
double ulps(float value, double exact) {
  const auto near = static_cast<float>(std::abs(exact));
  const double ulp = double{std::nextafter(near, infinity)} - double{near};
  return std::abs(double{value} - exact) / ulp;
}

class Kernels : public EachTarget {
 protected:
  std::mt19937 random_{5};
  std::size_t draw_size(std::size_t most) { return 1 + uniform_below(random_, most); }

  /// Every element by itself, in order.
  void expect_naive(const kernels::Product& p, const std::vector<float>& c,
                    const std::vector<float>& start) const {
    for (std::size_t i = 0; i < p.rows; ++i) {
      for (std::size_t j = 0; j < p.columns; ++j) {
        float sum = start.empty() ? 0 : start[i + j * p.start_column];
        for (std::size_t k = 0; k < p.depth; ++k) {
          const float a = p.a[i + k * p.a_column], b = p.b[k * p.b_row + j * p.b_column];
          const volatile float product = a * b;  // rounded
          sum = fused() ? std::fma(a, b, sum) : sum + product;
        }
        ASSERT_EQ(c[i + j * p.c_column], sum) << i << ' ' << j;
      }
    }
  }
};

TEST_P(Kernels, a_product_has_the_bits_of_sums_taken_one_by_one) {
  for (int round = 0; round < 200; ++round) {
    const std::size_t rows = draw_size(70), columns = draw_size(20), depth = draw_size(30);
    const std::size_t gap = uniform_below(random_, 3);
    const bool transposed = uniform_below(random_, 2) == 1;
    const auto a = draw(random_, (rows + gap) * depth - gap);
    const auto b = draw(random_, depth * columns);
    const auto start = draw(random_, rows);
    std::vector<float> c((rows + gap) * columns - gap, 7);
    const bool bias = uniform_below(random_, 2) == 1;
    const kernels::Product p{.rows = rows,
                             .columns = columns,
                             .depth = depth,
                             .a = a.data(),
                             .a_column = rows + gap,
                             .b = b.data(),
                             .b_row = transposed ? columns : 1,
                             .b_column = transposed ? 1 : depth,
                             .c = c.data(),
                             .c_column = rows + gap,
                             .start = bias ? start.data() : nullptr,
                             .start_column = 0};
    kernels::multiply(p);
    expect_naive(p, c, bias ? start : std::vector<float>{});
    for (std::size_t i = 0; i < c.size(); ++i)
      ASSERT_TRUE(i % (rows + gap) < rows || c[i] == 7) << "written between columns";
  }
}

TEST_P(Kernels, a_product_can_be_added_to_what_is_there) {
  const auto a = draw(random_, 37 * 5), b = draw(random_, 5 * 11);
  auto c = draw(random_, 37 * 11);
  const auto before = c;
  const kernels::Product p{37, 11, 5, a.data(), 37, b.data(), 1, 5, c.data(), 37, c.data(), 37};
  kernels::multiply(p);
  expect_naive(p, c, before);
}

TEST_P(Kernels, a_product_can_begin_each_row_with_the_same) {
  for (const std::size_t rows : {1, 3, 16, 17, 32, 64, 67}) {
    const std::size_t columns = draw_size(20), depth = draw_size(9);
    const auto a = draw(random_, rows * depth), b = draw(random_, depth * columns);
    const auto start = draw(random_, columns);
    std::vector<float> c(rows * columns), same;
    for (std::size_t j = 0; j < columns; ++j) same.insert(same.end(), rows, start[j]);
    kernels::Product p{rows, columns,  depth, a.data(),     rows, b.data(), columns,
                       1,    c.data(), rows,  start.data(), 1,    0};
    kernels::multiply(p);
    p.start_column = rows;
    expect_naive(p, c, same);
  }
}

TEST_P(Kernels, a_product_of_few_or_odd_rows_and_columns_has_the_same_bits) {
  for (std::size_t rows = 1; rows <= 35; ++rows) {
    for (const std::size_t columns : {1, 2, 3, 5, 7, 11, 13, 16, 32, 65, 131}) {
      const std::size_t depth = draw_size(9);
      const auto a = draw(random_, rows * depth), b = draw(random_, depth * columns);
      for (const bool transposed : {false, true}) {
        std::vector<float> start = draw(random_, rows * columns), c = start;
        const std::size_t b_row = transposed ? columns : 1, b_column = transposed ? 1 : depth;
        const kernels::Product fresh{rows,  columns,  depth,    a.data(), rows,    b.data(),
                                     b_row, b_column, c.data(), rows,     nullptr, 0};
        kernels::multiply(fresh);
        expect_naive(fresh, c, {});
        c = start;
        const kernels::Product added{rows,  columns,  depth,    a.data(), rows,     b.data(),
                                     b_row, b_column, c.data(), rows,     c.data(), rows};
        kernels::multiply(added);
        expect_naive(added, c, start);
      }
    }
  }
}

TEST_P(Kernels, transposing_moves_every_element) {
  for (int round = 0; round < 200; ++round) {
    const std::size_t rows = draw_size(40), columns = draw_size(40);
    const auto from = draw(random_, rows * columns);
    std::vector<float> to(rows * columns);
    kernels::transpose(from.data(), rows, columns, to.data());
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) ASSERT_EQ(to[j + i * columns], from[i + j * rows]);
  }
}

TEST_P(Kernels, softmax_of_rows_has_the_bits_of_that_of_columns) {
  for (std::size_t rows = 1; rows <= 35; ++rows) {
    for (const std::size_t columns : {1, 2, 3, 5}) {
      auto by_rows = draw(random_, rows * columns, -40, 40);
      if (rows == 4) by_rows[1] = nan;
      std::vector<float> by_columns(by_rows.size()), expected(by_rows.size());
      kernels::transpose(by_rows.data(), rows, columns, by_columns.data());
      kernels::softmax(by_columns.data(), columns, rows);
      kernels::softmax_rows(by_rows.data(), rows, columns);
      kernels::transpose(by_columns.data(), columns, rows, expected.data());
      for (std::size_t i = 0; i < by_rows.size(); ++i) {
        ASSERT_TRUE(by_rows[i] == expected[i] ||
                    (std::isnan(by_rows[i]) && std::isnan(expected[i])))
            << rows << ' ' << columns << ' ' << i;
      }
    }
  }
}

TEST_P(Kernels, sigmoid_and_tanh_are_exact_to_a_few_ulp) {
  double sigmoid_worst = 0, tanh_worst = 0;
  for (float x = -86; x < 86; x += 0.00731f) {
    float y = x;
    kernels::activate(Activation::sigmoid, &y, 1);
    sigmoid_worst = std::max(sigmoid_worst, ulps(y, 1 / (1 + std::exp(-double{x}))));
    y = x / 20;
    kernels::activate(Activation::tanh, &y, 1);
    tanh_worst = std::max(tanh_worst, ulps(y, std::tanh(double{x / 20})));
  }
  EXPECT_LT(sigmoid_worst, 2.5);
  EXPECT_LT(tanh_worst, 4);
}

TEST_P(Kernels, exponentials_of_softmax_are_exact_to_two_ulp) {
  for (float x = -80; x < 0; x += 0.00731f) {
    std::array z{0.0f, x};
    kernels::softmax(z.data(), 2, 1);
    const double exact = std::exp(double{x}) / (1 + std::exp(double{x}));
    ASSERT_LT(ulps(z[1], exact), 3.5) << x;  // two, and the sum and quotient after it
  }
}

TEST_P(Kernels, an_activation_does_not_depend_on_the_place) {
  const auto values = draw(random_, 67, -9, 9);
  for (const auto activation : {Activation::sigmoid, Activation::tanh, Activation::relu}) {
    auto together = values;
    kernels::activate(activation, together.data(), together.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      float alone = values[i];
      kernels::activate(activation, &alone, 1);
      ASSERT_EQ(alone, together[i]);
    }
  }
}

TEST_P(Kernels, activations_reach_their_limits) {
  std::array y{-infinity, infinity, -1e30f, 1e30f};
  kernels::activate(Activation::sigmoid, y.data(), y.size());
  for (const std::size_t i : {0, 2}) EXPECT_NEAR(y[i], 0, 1e-37);
  for (const std::size_t i : {1, 3}) EXPECT_EQ(y[i], 1);
  y = {-infinity, infinity, -1e30f, 1e30f};
  kernels::activate(Activation::tanh, y.data(), y.size());
  EXPECT_EQ(y, (std::array{-1.0f, 1.0f, -1.0f, 1.0f}));
}

TEST_P(Kernels, nan_stays_nan_wherever_it_enters) {
  for (const auto activation : {Activation::sigmoid, Activation::tanh, Activation::relu}) {
    float y = nan, gradient = nan, slope = 1;
    kernels::activate(activation, &y, 1);
    EXPECT_TRUE(std::isnan(y)) << to_string(activation);
    const float half = 0.5f;
    kernels::differentiate(activation, &half, &gradient, 1);
    EXPECT_TRUE(std::isnan(gradient)) << to_string(activation);
    kernels::differentiate(activation, &y, &slope, 1);
    EXPECT_EQ(std::isnan(slope), activation != Activation::relu);  // relu passes the slope on
  }
  for (const float bad : {nan, infinity}) {
    std::array z{0.0f, bad, 1.0f};
    kernels::softmax(z.data(), 3, 1);
    for (const float p : z) EXPECT_TRUE(std::isnan(p) || bad == infinity) << p;
    EXPECT_TRUE(std::isnan(z[1]));
  }
}

TEST_P(Kernels, an_update_of_nan_or_infinity_leaves_no_finite_weight) {
  for (const float g : {nan, infinity, -infinity}) {
    std::array weights{1.0f, 1.0f, 1.0f};
    std::array zeros{0.0f, 0.0f, 0.0f, 0.0f};
    kernels::sgd(0.1f, 0.9f, &weights[0], &g, &zeros[0], 1);
    kernels::rmsprop({0.1f, 0.9f, 1e-7f}, &weights[1], &g, &zeros[1], 1);
    kernels::adamw({1, 0.1f, 1, 0.9f, 0.999f, 1e-8f}, &weights[2], &g, &zeros[2], &zeros[3], 1);
    for (const float w : weights) EXPECT_FALSE(std::isfinite(w)) << g;
  }
}

TEST_P(Kernels, updates_follow_their_formulas_for_any_number_of_parameters) {
  for (std::size_t n = 1; n <= 40; ++n) {
    const auto w = draw(random_, n), g = draw(random_, n, -1e-3f, 1e-3f);
    const auto mean = draw(random_, n, -1e-3f, 1e-3f), square = draw(random_, n, 0, 1e-6f);
    auto sgd = w, rmsprop = w, adamw = w, velocity = mean, a = square, m = mean, v = square;
    kernels::sgd(0.1f, 0.9f, sgd.data(), g.data(), velocity.data(), n);
    kernels::rmsprop({0.1f, 0.9f, 1e-7f}, rmsprop.data(), g.data(), a.data(), n);
    kernels::adamw({0.999f, 0.1f, 3, 0.9f, 0.999f, 1e-8f}, adamw.data(), g.data(), m.data(),
                   v.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      const double slope = g[i], squared = slope * slope;
      EXPECT_NEAR(sgd[i], w[i] - 0.1 * (0.9 * mean[i] + slope), 2e-7);
      EXPECT_NEAR(a[i], 0.9 * square[i] + 0.1 * squared, 1e-12);
      EXPECT_NEAR(rmsprop[i], w[i] - 0.1 * slope / (std::sqrt(double{a[i]}) + 1e-7), 4e-7);
      EXPECT_NEAR(m[i], 0.9 * mean[i] + 0.1 * slope, 1e-9);
      EXPECT_NEAR(v[i], 0.999 * square[i] + 0.001 * squared, 1e-12);
      EXPECT_NEAR(adamw[i], 0.999 * w[i] - 0.1 * m[i] / (3 * std::sqrt(double{v[i]}) + 1e-8), 4e-7);
    }
  }
}

TEST_P(Kernels, parameters_without_gradient_rest) {
  float w = 0.5f, square = 0, mean = 0, g = 0;
  kernels::rmsprop({0.1f, 0.9f, 1e-7f}, &w, &g, &square, 1);
  kernels::adamw({1, 0.1f, 1, 0.9f, 0.999f, 1e-8f}, &w, &g, &mean, &square, 1);
  EXPECT_EQ(w, 0.5f);
}

TEST_P(Kernels, the_relative_transform_is_its_formula_and_does_not_depend_on_the_place) {
  const std::size_t n = 1000;
  auto x = draw(random_, n, 0, 50);
  for (std::size_t i = 0; i < n; i += 7) x[i] = 0;
  for (std::size_t i = 1; i < n; i += 7) x[i] *= 1e8f;
  const auto divisor = draw(random_, n, 0.1f, 90), weight = draw(random_, n, 0, 1),
             offset = draw(random_, n, 0.01f, 0.1f);
  std::vector<float> y(n);
  kernels::relative_transform(x.data(), divisor.data(), offset.data(), weight.data(), y.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    const double exact = std::log(double{x[i]} / double{divisor[i]} + double{offset[i]});
    EXPECT_NEAR(y[i], exact * double{weight[i]}, 2e-7 + 3e-7 * std::abs(exact)) << x[i];
    float alone = 0;
    kernels::relative_transform(&x[i], &divisor[i], &offset[i], &weight[i], &alone, 1);
    EXPECT_EQ(alone, y[i]);
  }
}

TEST_P(Kernels, the_logarithm_is_exact_to_two_ulp) {
  const float one = 1, least = std::numeric_limits<float>::min();
  for (float x = 1e-30f; x < 1e30f; x *= 1.0173f) {
    float y = 0;
    kernels::relative_transform(&x, &one, &least, &one, &y, 1);
    const double exact = std::log(double{x});
    EXPECT_LT(std::min(ulps(y, exact), 1e7 * std::abs(y - exact)), 2.0) << x;
  }
}

INSTANTIATE_TEST_SUITE_P(With, Kernels, testing::ValuesIn(instruction_sets()), target_name);

}  // namespace
}  // namespace obkit::neural
