#include "obkit/backtest/options.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/backtest/fill_model.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::backtest {
namespace {

constexpr double max_size = 1e9;
constexpr double max_fee_bps = 10'000;
constexpr double max_exit_bps = 1'000'000;
constexpr std::chrono::milliseconds max_latency = std::chrono::hours{24};

void check_size(std::string_view field, double size) {
  if (!(size <= max_size && size > 0 && to_billionths(size) > 0))
    throw FieldError{field, to_text(size), "expected more than 0 and at most 1000000000"};
}

void check_fee(std::string_view field, double bps) {
  // Written so that NaN is refused, as all here.
  if (!(std::abs(bps) <= max_fee_bps))
    throw FieldError{field, to_text(bps),
                     "expected basis points from -10000 to 10000 (1 % is 100)"};
}

void check_exit(std::string_view field, std::optional<double> bps) {
  if (bps && !(*bps <= max_exit_bps && to_billionths(*bps) > 0))
    throw FieldError{field, to_text(*bps),
                     "expected basis points above 0, at most 1000000 (1 % is 100)"};
}

void check_exits(const Exits& exits) {
  if (exits.max_hold && exits.max_hold->count() <= 0)
    throw FieldError{"max_hold", std::to_string(exits.max_hold->count()),
                     "expected milliseconds above 0"};
  check_exit("stop", exits.stop);
  check_exit("take", exits.take);
}

void check_fill(const Options& options) {
  if (find_fill_model(options.fill.name) == nullptr)
    throw FieldError{"fill", options.fill.name, "there is no such fill model"};
  for (const FillModel& model : fill_models()) {
    for (const FillOption& option : model.options) {
      const double value = option.get(options);
      if (!(value >= option.low && value <= option.high))
        throw FieldError{
            option.field, to_text(value),
            "expected a share from " + to_text(option.low) + " to " + to_text(option.high)};
    }
  }
}

template <class Choices, class Value>
std::string_view name_of(const Choices& choices, Value value) {
  return std::ranges::find(choices, value, &Choices::value_type::value)->name;
}

}  // namespace

std::string_view to_string(Contract contract) { return name_of(contracts, contract); }
std::string_view to_string(OnGap on_gap) { return name_of(on_gaps, on_gap); }
std::string_view to_string(OnWait on_wait) { return name_of(on_waits, on_wait); }

void check(const Options& options) {
  check_size("size", options.size);
  check_size("contract_size", options.contract_size);
  if (!(options.size * options.contract_size <= max_size))
    throw FieldError{
        "size", to_text(options.size),
        "expected at most 1000000000 with the contract size " + to_text(options.contract_size)};
  check_fee("maker_fee_bps", options.maker_fee_bps);
  check_fee("taker_fee_bps", options.taker_fee_bps);
  if (!(options.slippage_bps >= 0 && options.slippage_bps <= max_fee_bps))
    throw FieldError{"slippage", to_text(options.slippage_bps),
                     "expected basis points from 0 to 10000 (1 % is 100)"};
  const auto latency = options.latency.count();
  if (latency < 0 || options.latency > max_latency)
    throw FieldError{"latency", std::to_string(latency),
                     "expected milliseconds from 0 to 86400000"};
  check_exits(options.exits);
  check_fill(options);
}

Money fee(Money notional, double bps) {
  // bps in billionths, so a basis point of a billionth is 10^-13.
  constexpr std::int64_t scale = 10'000'000'000'000;
  const Money::Units amount = notional.units() < 0 ? -notional.units() : notional.units();
  return Money::from_units(multiply_rounded(amount, to_billionths(bps), scale));
}

}  // namespace obkit::backtest
