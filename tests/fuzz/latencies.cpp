// Measured latencies: what was read is in range and rounded up, and reads the same when written.
// What is refused has its line, or is no text of latencies at all.

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "obkit/backtest/latency.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/file_kind.hpp"

#include "fuzz.hpp"

namespace {

using namespace obkit;
using std::chrono::milliseconds;

/// With all that a line may have besides its number.
std::string write(const std::vector<milliseconds>& values) {
  std::string text = "# measured\n\n";
  for (const milliseconds value : values)
    text += " \t" + std::to_string(value.count()) + ".0 # ms\r\n";
  return text;
}

/// Whether any line has something besides a comment.
bool has_value(const std::string& text) {
  bool is_comment = false;
  return std::any_of(text.begin(), text.end(), [&](char c) {
    is_comment = c != '\n' && (is_comment || c == '#');
    return !is_comment && c != ' ' && c != '\t' && c != '\r' && c != '\n';
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_text(data, size);
  try {
    const auto values = backtest::parse_latencies(text, "input");
    fuzz::require(!values.empty() && has_value(text));
    for (const milliseconds value : values)
      fuzz::require(value >= milliseconds{0} && value <= std::chrono::hours{24});
    fuzz::require(backtest::parse_latencies(write(values), "written") == values);
    const backtest::MeasuredLatencies measured{values, size};
    fuzz::require(std::ranges::is_sorted(measured.values()));
    fuzz::require(std::ranges::find(values, measured.at(size)) != values.end());
  } catch (const DataError& error) {
    fuzz::require(error.place().name == "input");
    fuzz::require(error.place().line > 0 || !kind_of_file(text).empty() || !has_value(text));
  }
  return 0;
}
