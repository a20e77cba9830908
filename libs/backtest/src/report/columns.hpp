#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "obkit/core/price.hpp"

namespace obkit::backtest {

using Json = nlohmann::ordered_json;

/// Differences of neighbours, the first from zero.
template <class Items, class Value>
Json differences(const Items& items, Value value) {
  Json list = Json::array();
  std::int64_t last = 0;
  for (const auto& item : items) {
    const std::int64_t current = value(item);
    list.push_back(current - last);
    last = current;
  }
  return list;
}

template <class Items, class Value>
Json listed(const Items& items, Value value) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(value(item));
  return list;
}

/// Six digits of the largest value: all are whole multiples of 10^exponent.
struct Scale {
  explicit Scale(double largest)
      : exponent{largest > 0 ? static_cast<int>(std::floor(std::log10(largest))) - 5 : 0} {}

  [[nodiscard]] std::int64_t steps(double value) const {
    const double power = std::pow(10.0, std::abs(exponent));
    return std::llround(exponent < 0 ? value * power : value / power);
  }

  int exponent;
};

/// Prices as whole multiples of 10^-decimals, with fewer decimals than they were written with where
/// a script's numbers would not hold them.
struct PriceScale {
  PriceScale(int most_decimals, Price highest) : decimals{most_decimals} {
    constexpr std::int64_t largest = 1'000'000'000'000'000;
    while (decimals > 0 && std::abs(steps(highest)) > largest) --decimals;
  }

  [[nodiscard]] std::int64_t steps(Price price) const {
    std::int64_t unit = 1;
    for (int i = decimals; i < Price::max_decimals; ++i) unit *= 10;
    const std::int64_t half = price.units() < 0 ? -unit / 2 : unit / 2;
    return price.units() / unit + (price.units() % unit + half) / unit;
  }

  int decimals;
};

}  // namespace obkit::backtest
