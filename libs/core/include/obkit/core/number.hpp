#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obkit {

/// Reads a finite JSON number, correctly rounded; empty for anything else ("nan", "0x1", "1.",
/// "+1", "01").
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// Appends the shortest text that reads back to the same bits; whole numbers below 10^15 as
/// integers. Pre: finite.
void append_number(std::string& out, double value);

/// As append_number(), but a whole number ends in `.0`: a column of reals has one type for every
/// reader, whatever stands in it. Pre: finite.
void append_real(std::string& out, double value);

/// A JSON number as append_real() would write it: `7` becomes `7.0`, `7.5` and `1e+20` stay.
[[nodiscard]] std::string as_real(std::string number);

/// Appends it in decimal.
void append_integer(std::string& out, std::int64_t value);

/// The shortest text that reads back to the same bits, also "nan", "inf" and "-inf": for messages.
[[nodiscard]] std::string to_text(double value);

/// "1 book", "2 books".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

/// Whether `text` is written as JSON writes a number.
[[nodiscard]] bool is_json_number(std::string_view text);

}  // namespace obkit
