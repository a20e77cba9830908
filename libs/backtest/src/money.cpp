#include "obkit/backtest/money.hpp"

#include <algorithm>

#include "obkit/core/error.hpp"

namespace obkit::backtest {

double Money::value() const {
  constexpr long double units_per_one = 1e18L;
  return static_cast<double>(static_cast<long double>(units_) / units_per_one);
}

Money& Money::operator+=(Money other) {
  if (__builtin_add_overflow(units_, other.units_, &units_))
    throw Error{"an amount of money is beyond ±1.7e20"};
  return *this;
}

void append_money(std::string& out, Money money) {
  const bool negative = money.units() < 0;
  Money::Units rest = negative ? -money.units() : money.units();
  std::string digits;  // from the last to the first
  for (int place = 0; rest > 0 || place <= Money::decimals; ++place, rest /= 10) {
    if (place == Money::decimals && !digits.empty()) digits += '.';
    const char digit = static_cast<char>('0' + static_cast<int>(rest % 10));
    const bool trailing_zero = place < Money::decimals && digit == '0' && digits.empty();
    if (!trailing_zero) digits += digit;
  }
  if (negative) out += '-';
  out.append(digits.rbegin(), digits.rend());
}

std::string to_string(Money money) {
  std::string text;
  append_money(text, money);
  return text;
}

}  // namespace obkit::backtest
