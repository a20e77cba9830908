#pragma once

#include <cstddef>
#include <cstdint>

namespace obkit::backtest {

/// Numbers the same on every machine, in a few cycles each: a run of many thresholds draws
/// millions. Source: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}
  /// One that has drawn `count` numbers already. O(1).
  Random(std::uint64_t seed, std::uint64_t count) : state_{seed + count * step} {}

  /// Uniform in [0, n) (std::uniform_int_distribution is not the same everywhere).
  std::size_t below(std::size_t n) {
    __extension__ using Product = unsigned __int128;
    return static_cast<std::size_t>(Product{next()} * n >> 64U);
  }

 private:
  static constexpr std::uint64_t step = 0x9E3779B97F4A7C15U;

  std::uint64_t next() {
    state_ += step;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace obkit::backtest
