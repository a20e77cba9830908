#include "obkit/backtest/options.hpp"

#include <cmath>
#include <string>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::backtest {
namespace {

constexpr double max_size = 1e9;
constexpr double max_fee_bps = 10'000;
constexpr std::chrono::milliseconds max_latency = std::chrono::hours{24};

void check_fee(const std::string& option, double bps) {
  // Written so that NaN is refused, as below.
  if (!(std::abs(bps) <= max_fee_bps))
    throw UsageError{option + " " + to_text(bps) +
                     ": expected basis points from -10000 to 10000 (1 % is 100)"};
}

}  // namespace

void check(const Options& options) {
  if (!(options.size <= max_size && options.size > 0 && to_billionths(options.size) > 0))
    throw UsageError{"--size " + to_text(options.size) +
                     ": expected more than 0 and at most 1000000000"};
  check_fee("--maker-fee-bps", options.maker_fee_bps);
  check_fee("--taker-fee-bps", options.taker_fee_bps);
  const auto latency = options.latency.count();
  if (latency < 0 || options.latency > max_latency)
    throw UsageError{"--latency " + std::to_string(latency) +
                     ": expected milliseconds from 0 to 86400000"};
  if (!(options.queue_share >= 0 && options.queue_share <= 1))
    throw UsageError{"--queue-share " + to_text(options.queue_share) +
                     ": expected a share from 0 to 1"};
}

Money fee(Money notional, double bps) {
  // bps in billionths, so a basis point of a billionth is 10^-13.
  constexpr std::int64_t scale = 10'000'000'000'000;
  const Money::Units amount = notional.units() < 0 ? -notional.units() : notional.units();
  return Money::from_units(multiply_rounded(amount, to_billionths(bps), scale));
}

}  // namespace obkit::backtest
