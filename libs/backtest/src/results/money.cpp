#include "obkit/backtest/money.hpp"

#include <array>
#include <cstdint>

#include "obkit/core/digits.hpp"
#include "obkit/core/error.hpp"

namespace obkit::backtest {
namespace {

constexpr Money::Units units_per_one = 1'000'000'000'000'000'000;

/// Appends a number below units_per_one with zeros in front.
void append_all_digits(std::string& out, std::uint64_t number) {
  std::array<char, Money::decimals> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* const end = text.data() + text.size();
  char* begin = write_digits_before(end, number);
  while (begin > text.data()) *--begin = '0';
  out.append(text.data(), end);
}

}  // namespace

double Money::value() const {
  constexpr long double units_per_one = 1e18L;
  return static_cast<double>(static_cast<long double>(units_) / units_per_one);
}

void Money::refuse() { throw MoneyRangeError{}; }

void append_money(std::string& out, Money money) {
  const bool negative = money.units() < 0;
  const Money::Units units = negative ? -money.units() : money.units();
  const Money::Units whole = units / units_per_one;
  const auto fraction = static_cast<std::uint64_t>(units - whole * units_per_one);
  if (negative) out += '-';
  if (whole < units_per_one) {
    append_digits(out, static_cast<std::uint64_t>(whole));
  } else {
    append_digits(out, static_cast<std::uint64_t>(whole / units_per_one));
    append_all_digits(out, static_cast<std::uint64_t>(whole % units_per_one));
  }
  if (fraction == 0) return;
  out += '.';
  append_all_digits(out, fraction);
  out.resize(out.find_last_not_of('0') + 1);
}

std::string to_string(Money money) {
  std::string text;
  append_money(text, money);
  return text;
}

}  // namespace obkit::backtest
