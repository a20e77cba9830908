#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace obkit::backtest {

/// Latencies that were measured. Each book draws one, with replacement, which does not depend on
/// what is traded: all accounts of a run meet the same.
class MeasuredLatencies {
 public:
  /// Pre: there is a value; none is below 0.
  MeasuredLatencies(std::vector<std::chrono::milliseconds> values, std::uint64_t seed);

  /// Of what the book of this number causes. The same for the same seed, number and values.
  [[nodiscard]] std::chrono::milliseconds at(std::uint64_t book) const;
  /// In ascending order.
  [[nodiscard]] const std::vector<std::chrono::milliseconds>& values() const { return values_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

 private:
  std::vector<std::chrono::milliseconds> values_;
  std::uint64_t seed_;
};

/// Reads a number of milliseconds a line, from 0 to a day; a fraction is rounded up, since books
/// have whole ones. What follows a `#` is a comment. `name` is for messages. Throws DataError with
/// the line, and where there is none.
[[nodiscard]] std::vector<std::chrono::milliseconds> parse_latencies(std::string_view text,
                                                                     const std::string& name);

}  // namespace obkit::backtest
