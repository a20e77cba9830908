#include "obkit/backtest/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace obkit::backtest {

void Summary::add(const Trade& trade) {
  const Money net = trade.net();
  ++trades;
  if (net > Money{}) {
    ++wins;
    gains += net;
  } else {
    losses += -net;
  }
  gross += trade.gross;
  fees += trade.fees;
  funding += trade.funding;
  held += holding_time(trade);
  nets.push_back(net.value());
}

std::optional<double> Summary::win_rate() const {
  if (trades == 0) return std::nullopt;
  return static_cast<double>(wins) / static_cast<double>(trades);
}

std::optional<double> Summary::mean_net() const {
  if (trades == 0) return std::nullopt;
  return net().value() / static_cast<double>(trades);
}

std::optional<double> Summary::standard_error() const {
  if (trades < 2) return std::nullopt;
  const double mean = *mean_net();
  double squares = 0;
  for (const double net : nets) squares += (net - mean) * (net - mean);
  const auto count = static_cast<double>(trades);
  return std::sqrt(squares / (count - 1) / count);
}

std::optional<double> Summary::profit_factor() const {
  if (losses == Money{}) return std::nullopt;
  return gains.value() / losses.value();
}

std::optional<double> Summary::exposure() const {
  if (observed.count() <= 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(held.count()) / static_cast<double>(observed.count()));
}

std::optional<double> Summary::mean_holding_seconds() const {
  if (trades == 0) return std::nullopt;
  return static_cast<double>(held.count()) / 1000 / static_cast<double>(trades);
}

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

/// Numbers the same on every machine, in a few cycles each: a run of many thresholds draws
/// millions. Source: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}

  /// Uniform in [0, n) (std::uniform_int_distribution is not the same everywhere).
  std::size_t below(std::size_t n) {
    __extension__ using Product = unsigned __int128;
    return static_cast<std::size_t>(Product{next()} * n >> 64U);
  }

 private:
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

/// Blocks are joined until there are as many values as in the series; the last one is cut.
double resampled_mean(const std::vector<double>& sums, std::size_t block, Random& random) {
  const std::size_t count = sums.size() - 1;
  double total = 0;
  for (std::size_t filled = 0; filled < count; filled += block) {
    const std::size_t begin = random.below(count - block + 1);
    total += sums[begin + std::min(block, count - filled)] - sums[begin];
  }
  return total / static_cast<double>(count);
}

}  // namespace

std::optional<Interval> bootstrap_mean(std::span<const double> values, std::uint64_t seed) {
  if (values.size() < fewest_values) return std::nullopt;
  const std::size_t block = block_length(values.size());
  const std::vector<double> sums = sums_of(values);
  Random random{seed};
  std::vector<double> means(resamples);
  for (double& mean : means) mean = resampled_mean(sums, block, random);
  std::sort(means.begin(), means.end());
  constexpr std::size_t outside = resamples / 40;  // 2.5 % on either side
  return Interval{.low = means[outside], .high = means[resamples - 1 - outside]};
}

}  // namespace obkit::backtest
