#include "obkit/backtest/bootstrap.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace obkit::backtest {
namespace {

constexpr std::size_t resamples = 1000;
constexpr std::size_t fewest_values = 20;

/// [n + 1]: the sum of the first i values.
std::vector<double> sums_of(std::span<const double> values) {
  std::vector<double> sums(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + values[i];
  return sums;
}

/// The third root, rounded up, the same on every machine (std::cbrt is not).
std::size_t block_length(std::size_t count) {
  std::size_t block = 1;
  while (block * block * block < count) ++block;
  return block;
}

/// Uniform in [0, n), the same on every machine (std::uniform_int_distribution is not).
std::size_t below(std::size_t n, std::mt19937_64& random) {
  __extension__ using Product = unsigned __int128;
  return static_cast<std::size_t>(Product{random()} * n >> 64U);
}

/// Blocks are joined until there are as many values as in the series; the last one is cut.
double resampled_mean(const std::vector<double>& sums, std::size_t block, std::mt19937_64& random) {
  const std::size_t count = sums.size() - 1;
  double total = 0;
  for (std::size_t filled = 0; filled < count; filled += block) {
    const std::size_t begin = below(count - block + 1, random);
    total += sums[begin + std::min(block, count - filled)] - sums[begin];
  }
  return total / static_cast<double>(count);
}

}  // namespace

std::optional<Interval> bootstrap_mean(std::span<const double> values, std::uint64_t seed) {
  if (values.size() < fewest_values) return std::nullopt;
  const std::size_t block = block_length(values.size());
  const std::vector<double> sums = sums_of(values);
  std::mt19937_64 random{seed};
  std::vector<double> means(resamples);
  for (double& mean : means) mean = resampled_mean(sums, block, random);
  std::sort(means.begin(), means.end());
  constexpr std::size_t outside = resamples / 40;  // 2.5 % on either side
  return Interval{.low = means[outside], .high = means[resamples - 1 - outside]};
}

}  // namespace obkit::backtest
