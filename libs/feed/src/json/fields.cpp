#include "fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

#include "obkit/core/number.hpp"

namespace obkit::feed {

namespace {

using simdjson::ondemand::value;

/// Of "e-8" or nothing. Empty for one that no decimal of a few digits has.
std::optional<int> exponent_in(std::string_view text) {
  constexpr int farthest = 30;
  if (text.empty()) return 0;
  text.remove_prefix(text.substr(1).starts_with('+') ? 2 : 1);
  int exponent = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (read.ec != std::errc{} || exponent > farthest || exponent < -farthest) return std::nullopt;
  return exponent;
}

}  // namespace

std::string plain_decimal(std::string_view number) {
  constexpr std::size_t longest = 40;
  if (number.size() > longest || !is_json_number(number) || number.front() == '-') return {};
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const auto exponent = exponent_in(number.substr(e));
  if (!exponent) return {};
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::string digits{mantissa.substr(0, point)};
  if (point < mantissa.size()) digits += mantissa.substr(point + 1);
  // Zeros on both sides, so that the point falls among the digits.
  const std::string zeros(longest, '0');
  digits = zeros + digits + zeros;
  const auto place = static_cast<std::size_t>(static_cast<int>(longest + point) + *exponent);
  std::string whole = digits.substr(0, place), rest = digits.substr(place);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  rest.erase(rest.find_last_not_of('0') + 1);
  if (whole.empty() && rest.empty()) return {};
  return (whole.empty() ? "0" : whole) + (rest.empty() ? "" : "." + rest);
}

Fields::Fields(value object) {
  for (auto field : object.get_object()) {
    const std::string name{std::string_view{field.unescaped_key()}};
    take(name, field.value(), false);
  }
}

std::string Fields::text(std::string_view name) const {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == values_.end() ? "" : found->second;
}

void Fields::take(const std::string& name, value content, bool is_inner) {
  using simdjson::ondemand::json_type;
  const auto take_inner = [&](value object) {
    for_each_field(object, [&](std::string_view key, value inner) {
      take(name + "." + std::string{key}, inner, true);
    });
  };
  switch (content.type()) {
    case json_type::string:
      values_.emplace_back(name, text_of(content));
      return;
    case json_type::number: {
      std::string_view token = content.raw_json_token();
      token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
      values_.emplace_back(name, token);
      return;
    }
    case json_type::boolean:
      values_.emplace_back(name, truth_of(content).value_or(false) ? "true" : "false");
      return;
    case json_type::object:
      if (!is_inner) take_inner(content);
      return;
    case json_type::array:
      if (is_inner) return;
      for (auto item : content.get_array())
        if (value inner = item.value(); inner.type() == json_type::object) take_inner(inner);
      return;
    default:
      return;
  }
}

}  // namespace obkit::feed
