#include "obkit/backtest/chance.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

namespace obkit::backtest {
namespace {

/// What a ratio is made of.
struct Moments {
  double count = 0;
  double sharpe = 0;                  ///< mean / standard deviation (n)
  double skewness = 0, kurtosis = 0;  ///< the latter 3 for normal values
};

std::optional<Moments> moments_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / n;
  double second = 0, third = 0, fourth = 0;
  for (const double value : values) {
    const double d = value - mean;
    second += d * d / n;
    third += d * d * d / n;
    fourth += d * d * d * d / n;
  }
  if (!(second > 0)) return std::nullopt;
  return Moments{.count = n,
                 .sharpe = mean / std::sqrt(second),
                 .skewness = third / (second * std::sqrt(second)),
                 .kurtosis = fourth / (second * second)};
}

double normal_below(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// The z below which this share of normal values lies: by halving, to the last digits. Pre: in
/// (0, 1).
double normal_quantile(double share) {
  double low = -40, high = 40;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (normal_below(middle) < share ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// The greatest ratio that is expected of so many rows of no worth whose ratios vary so much.
double expected_greatest(double variance, double rows) {
  if (rows < 2) return 0;
  const double gamma = std::numbers::egamma;
  return std::sqrt(variance) * ((1 - gamma) * normal_quantile(1 - 1 / rows) +
                                gamma * normal_quantile(1 - 1 / (rows * std::numbers::e)));
}

double variance_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  double mean = 0, squares = 0;
  const auto n = static_cast<double>(values.size());
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / (n - 1);
}

}  // namespace

std::optional<double> deflated_sharpe(std::span<const std::vector<double>* const> nets,
                                      std::size_t best) {
  assert(best < nets.size());
  std::vector<double> ratios;
  for (const auto* row : nets)
    if (const auto moments = moments_of(*row)) ratios.push_back(moments->sharpe);
  const auto chosen = moments_of(*nets[best]);
  if (!chosen) return std::nullopt;
  const double chance = expected_greatest(variance_of(ratios), static_cast<double>(nets.size()));
  const double sharpe = chosen->sharpe;
  const double spread =
      1 - chosen->skewness * sharpe + (chosen->kurtosis - 1) / 4 * sharpe * sharpe;
  if (!(spread > 0)) return std::nullopt;
  return normal_below((sharpe - chance) * std::sqrt(chosen->count - 1) / std::sqrt(spread));
}

}  // namespace obkit::backtest
