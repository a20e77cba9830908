#include "obkit/report/text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <optional>

#include "obkit/core/encoding.hpp"
#include "obkit/core/time.hpp"

namespace obkit::report {
namespace {

constexpr const char* thin_space = "\u202f";  // narrow, does not break

/// `digits` may have a point; zeros at its end say nothing.
void trim_zeros(std::string& digits) {
  if (digits.find('.') == std::string::npos) return;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
}

void group_thousands(std::string& digits) {
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  constexpr std::size_t shortest = 5;
  if (whole < shortest) return;
  for (std::size_t place = whole; place > 3;) digits.insert(place -= 3, thin_space);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits with at most one point.
bool is_decimal(std::string_view text) {
  return !text.empty() && is_digit(text.front()) && is_digit(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; }) &&
         std::ranges::count(text, '.') <= 1;
}

/// "2024-08-08T00:00:01.000Z"
bool is_instant(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
  return std::ranges::equal(text, form, [](char c, char expected) {
    return expected == '0' ? is_digit(c) : c == expected;
  });
}

/// Of "1e-05" and "-2.5e+20"; empty for what is no number with an exponent.
std::optional<double> parse_exponential(std::string_view text) {
  const bool has_exponent =
      text.find("e-") != std::string_view::npos || text.find("e+") != std::string_view::npos;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return has_exponent && is_whole && std::isfinite(value) ? std::optional{value} : std::nullopt;
}

/// Without what stands around it.
std::string styled_word(std::string_view word) {
  if (is_instant(word))
    return std::string{word.substr(0, 10)} + " " + std::string{word.substr(11, 12)} + " UTC";
  if (const auto value = parse_exponential(word)) return number_text(*value);
  const bool is_negative = word.starts_with('-');
  std::string digits{word.substr(is_negative ? 1 : 0)};
  if (!is_decimal(digits)) return std::string{word};
  group_thousands(digits);
  return is_negative ? std::string{minus} + digits : digits;
}

}  // namespace

std::string styled_text(std::string_view text) {
  constexpr std::string_view before = "(", behind = ",;:)";
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, end);
    const auto first = std::min(word.find_first_not_of(before), word.size());
    out += word.substr(0, first);
    word.remove_prefix(first);
    const auto last = word.find_last_not_of(behind);
    const std::size_t length = last == std::string_view::npos ? 0 : last + 1;
    out += styled_word(word.substr(0, length));
    out += word.substr(length);
    if (end < text.size()) out += ' ';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string number_text(double value, int significant) {
  assert(std::isfinite(value) && significant >= 1 && significant <= 15);
  const double magnitude = std::abs(value);
  if (magnitude == 0) return "0";
  constexpr int most_decimals = 18;
  const int before_point = static_cast<int>(std::floor(std::log10(magnitude))) + 1;
  const int decimals = std::clamp(significant - before_point, 0, most_decimals);
  std::array<char, 384> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto end = std::to_chars(text.data(), text.data() + text.size(), magnitude,
                                 std::chars_format::fixed, decimals);
  std::string digits{text.data(), end.ptr};
  trim_zeros(digits);
  if (digits == "0") return digits;
  group_thousands(digits);
  return value < 0 ? std::string{minus} + digits : digits;
}

std::string number_text(std::uint64_t value) {
  std::string digits = std::to_string(value);
  group_thousands(digits);
  return digits;
}

std::string percent_text(double part, double whole) {
  return number_text(whole == 0 ? 0 : 100 * part / whole, 3) + "\u00a0%";
}

std::string time_text(std::int64_t milliseconds, int decimals) {
  std::string text = format_iso(Timestamp{std::chrono::milliseconds{milliseconds}}, decimals);
  text.replace(text.find('T'), 1, " ");
  text.pop_back();  // Z
  return text;
}

std::string counted_text(std::uint64_t count, std::string_view noun) {
  return number_text(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string duration_text(double milliseconds) {
  struct Unit {
    double length;
    const char* name;
  };
  constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  constexpr std::array<Unit, 4> units{
      {{day, "\u00a0d"}, {hour, "\u00a0h"}, {minute, "\u00a0min"}, {second, "\u00a0s"}}};
  for (const Unit& unit : units)
    if (milliseconds >= unit.length) return number_text(milliseconds / unit.length, 3) + unit.name;
  return number_text(milliseconds, 3) + "\u00a0ms";
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (; !text.empty(); text.remove_prefix(std::max<std::size_t>(utf8_length(text), 1))) {
    const char c = text.front();
    const std::size_t length = utf8_length(text);
    const bool control =
        (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    if (control || length == 0)
      out += "\ufffd";
    else if (length > 1)
      out += text.substr(0, length);
    else if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::string json_for_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  constexpr std::string_view open = "{{", close = "}}";
  std::string out;
  std::size_t size = text.size();
  for (const auto& [name, value] : values) size += value.size();
  out.reserve(size);
  for (;;) {
    const auto begin = text.find(open);
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const auto end = text.find(close, begin);
    const std::string_view name = text.substr(begin + open.size(), end - begin - open.size());
    const auto* const found =
        std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
    assert(found != values.end());
    out += found->second;
    text.remove_prefix(end + close.size());
  }
}

}  // namespace obkit::report
