#include "thresholds.hpp"

#include <cstdint>
#include <optional>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/price.hpp"

namespace obbacktest {
namespace {

using obkit::Price;
using obkit::UsageError;

constexpr std::int64_t most_thresholds = 1000;

std::string complaint(const std::string& text, const std::string& problem) {
  return "--threshold " + text + ": " + problem;
}

/// People write .3 for 0.3, JSON does not.
std::string with_zero(const std::string& number) {
  return number.starts_with('.') ? "0" + number : number;
}

/// A decimal of a range: exact, as prices are.
Price parse_decimal(const std::string& text, const std::string& part, const std::string& name) {
  const auto value = obkit::parse_price(with_zero(part));
  if (!value || *value < Price{} || *value > Price::from_units(Price::units_per_one, 0))
    throw UsageError{
        complaint(text, "expected " + name + " of A:B:STEP from 0 to 1, found '" + part + "'")};
  return *value;
}

std::vector<double> parse_range(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string::npos || text.find(':', second + 1) != std::string::npos)
    throw UsageError{complaint(text, "expected a number, or a range A:B:STEP as 0:0.9:0.1")};
  const Price low = parse_decimal(text, text.substr(0, first), "A");
  const Price high = parse_decimal(text, text.substr(first + 1, second - first - 1), "B");
  const Price step = parse_decimal(text, text.substr(second + 1), "STEP");
  if (low > high) throw UsageError{complaint(text, "expected A:B:STEP with A not above B")};
  if (step == Price{}) throw UsageError{complaint(text, "expected A:B:STEP with STEP above 0")};
  const std::int64_t count = (high - low).units() / step.units() + 1;
  if (count > most_thresholds)
    throw UsageError{complaint(text, "expected at most " + std::to_string(most_thresholds) +
                                         " thresholds, found " + std::to_string(count))};
  std::vector<double> thresholds;
  for (std::int64_t i = 0; i < count; ++i)
    thresholds.push_back(Price::from_units(low.units() + i * step.units(), 9).value());
  return thresholds;
}

}  // namespace

std::vector<double> parse_thresholds(const std::string& text) {
  if (text.find(':') != std::string::npos) return parse_range(text);
  const auto threshold = obkit::parse_number(with_zero(text));
  if (!threshold || !(*threshold >= 0 && *threshold <= 1))
    throw UsageError{complaint(text, "expected a number from 0 to 1, or a range A:B:STEP")};
  return {*threshold};
}

}  // namespace obbacktest
