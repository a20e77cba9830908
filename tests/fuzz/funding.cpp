// A table of funding rates: what was read ascends and is in range, and reads the same when written.
// What is refused has its line, or is no text at all.

#include "obkit/backtest/funding.hpp"

#include <string>

#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"

#include "fuzz.hpp"

namespace {

using namespace obkit;
using backtest::FundingRate;

/// The rate as a decimal of 15 places.
std::string decimal(std::int64_t rate) {
  const std::int64_t size = rate < 0 ? -rate : rate;
  const std::string digits = std::to_string(FundingRate::per_one + size % FundingRate::per_one);
  return (rate < 0 ? "-" : "") + std::to_string(size / FundingRate::per_one) + "." +
         digits.substr(1);
}

/// Integers have 19 digits, ISO has the years up to 2261.
std::string time_text(Timestamp time) {
  const auto nanoseconds = std::to_string(time.time_since_epoch().count());
  return nanoseconds.size() == 19 ? nanoseconds : format_iso(time, 9);
}

std::string write(const std::vector<FundingRate>& rates) {
  std::string text = "time,rate\r\n";
  for (const FundingRate& rate : rates)
    text += time_text(rate.time) + "," + decimal(rate.rate) + "\r\n";
  return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_text(data, size);
  try {
    const auto rates = backtest::parse_funding(text, "input");
    for (std::size_t i = 0; i < rates.size(); ++i) {
      fuzz::require(i == 0 || rates[i].time > rates[i - 1].time);
      fuzz::require(rates[i].rate >= -FundingRate::per_one);
      fuzz::require(rates[i].rate <= FundingRate::per_one);
    }
    fuzz::require(backtest::parse_funding(write(rates), "written") == rates);
  } catch (const DataError& error) {
    fuzz::require(error.place().name == "input");
    fuzz::require(error.place().line > 0 || !kind_of_file(text).empty());
  }
  return 0;
}
