#include "obkit/store/json_line.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"

#include "json_walker.hpp"
#include "price_range.hpp"

namespace obkit::store {

class JsonLine::Implementation {
 public:
  explicit Implementation(std::span<const JsonKey> keys) : keys_{keys}, seen_(keys.size()) {}

  void begin(const LineReader& lines, std::string_view line) {
    std::fill(seen_.begin(), seen_.end(), false);
    walker.begin(lines, line);
  }

  std::optional<std::size_t> next_key() {
    while (walker.next_field()) {
      const auto known = std::find_if(keys_.begin(), keys_.end(),
                                      [&](const JsonKey& key) { return key.name == walker.key(); });
      if (known != keys_.end()) return note(static_cast<std::size_t>(known - keys_.begin()));
      walker.check_value();
    }
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i].required && !seen_[i])
        walker.refuse("expected the key '" + std::string{keys_[i].name} + "'");
    return std::nullopt;
  }

  JsonWalker walker;

 private:
  std::size_t note(std::size_t key) {
    if (seen_[key])
      walker.refuse("expected the key '" + std::string{keys_[key].name} + "' once, found it again");
    seen_[key] = true;
    return key;
  }

  std::span<const JsonKey> keys_;
  std::vector<bool> seen_;
};

JsonLine::JsonLine(std::span<const JsonKey> keys)
    : implementation_{std::make_unique<Implementation>(keys)} {}
JsonLine::JsonLine(JsonLine&&) noexcept = default;
JsonLine& JsonLine::operator=(JsonLine&&) noexcept = default;
JsonLine::~JsonLine() = default;

void JsonLine::begin(const LineReader& lines, std::string_view line) {
  implementation_->begin(lines, line);
}

std::optional<std::size_t> JsonLine::next_key() { return implementation_->next_key(); }

std::int64_t JsonLine::integer(std::string_view expected) {
  const auto token = implementation_->walker.token();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (!is_json_number(token) || error != std::errc{} || end != token.data() + token.size())
    implementation_->walker.refuse_value("expected " + std::string{expected} + found(token));
  return value;
}

int JsonLine::date() {
  constexpr std::string_view expected = "a date YYYYMMDD";
  const auto date = static_cast<int>(
      std::clamp<std::int64_t>(integer(expected), -1, std::numeric_limits<int>::max()));
  if (!to_timestamp({.date = date, .time = 0}))
    refuse_value("expected " + std::string{expected} + found(implementation_->walker.token()));
  return date;
}

int JsonLine::time() {
  constexpr std::string_view expected = "a time of day HHMMSSmmm";
  const auto time = static_cast<int>(
      std::clamp<std::int64_t>(integer(expected), -1, std::numeric_limits<int>::max()));
  if (!to_timestamp({.date = 19700101, .time = time}))
    refuse_value("expected " + std::string{expected} + found(implementation_->walker.token()));
  return time;
}

bool JsonLine::boolean() {
  const auto token = implementation_->walker.token();
  if (token != "true" && token != "false")
    implementation_->walker.refuse_value("expected true or false" + found(token));
  return token == "true";
}

std::string_view JsonLine::text() { return implementation_->walker.text(); }

void JsonLine::prices(std::vector<Price>& out) {
  out.clear();
  implementation_->walker.for_each_item("prices", [&](std::string_view token, std::size_t item) {
    const auto price = parse_price(token);
    if (!price || !is_in_range(*price)) {
      const std::string_view expected =
          is_json_number(token) ? "expected a price within ±4611686018" : "expected a price";
      implementation_->walker.refuse_value(std::string{expected} + found(token), item);
    }
    out.push_back(*price);
  });
}

void JsonLine::volumes(std::vector<double>& out) {
  out.clear();
  implementation_->walker.for_each_item("volumes", [&](std::string_view token, std::size_t item) {
    const auto volume = parse_number(token);
    if (!volume || *volume < 0)
      implementation_->walker.refuse_value("expected a volume >= 0" + found(token), item);
    out.push_back(*volume);
  });
}

void JsonLine::refuse(std::string_view problem) const { implementation_->walker.refuse(problem); }

void JsonLine::refuse_value(std::string_view problem) const {
  implementation_->walker.refuse_value(problem);
}

void JsonLine::refuse(std::string_view key, std::size_t item, std::string_view problem) const {
  implementation_->walker.refuse(key, item, problem);
}

}  // namespace obkit::store
