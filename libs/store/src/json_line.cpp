#include "obkit/store/json_line.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"

#include "json_tokens.hpp"

namespace obkit::store {
namespace {

namespace json = simdjson::ondemand;

static_assert(LineReader::padding >= simdjson::SIMDJSON_PADDING);

constexpr int max_nesting = 64;

/// Half of what a Price holds, so that the sum of two, as in a mid price, does not overflow.
constexpr Price max_price = Price::from_units(4'611'686'018 * Price::units_per_one, 0);

}  // namespace

class JsonLine::Implementation {
 public:
  explicit Implementation(std::span<const JsonKey> keys) : keys_{keys}, seen_(keys.size()) {}

  void begin(const LineReader& lines, std::string_view line) {
    lines_ = &lines;
    line_ = line;
    std::fill(seen_.begin(), seen_.end(), false);
    at_first_ = true;
    const auto error =
        parser_.iterate(line.data(), line.size(), line.size() + LineReader::padding).get(document_);
    if (error) refuse(explain(error));
    json::object object;
    if (const auto not_object = document_.get_object().get(object)) refuse_start(not_object);
    if (object.begin().get(field_)) refuse("expected a JSON object");
  }

  std::optional<std::size_t> next_key() {
    while (next_field()) {
      const auto known = std::find_if(keys_.begin(), keys_.end(),
                                      [&](const JsonKey& key) { return key.name == key_; });
      if (known == keys_.end()) {
        check_unknown_value();
        continue;
      }
      const auto index = static_cast<std::size_t>(known - keys_.begin());
      if (seen_[index]) refuse("expected the key " + quoted(key_) + " once, found it again");
      seen_[index] = true;
      return index;
    }
    check_end();
    return std::nullopt;
  }

  /// The token of a number or a word; of anything else its start.
  [[nodiscard]] std::string_view token() {
    const std::string_view raw = value_.raw_json_token();
    behind_ = raw.data() + raw.size();
    return trimmed(raw);
  }

  std::string_view text() {
    std::string_view result;
    const auto start = token();
    if (value_.get_string().get(result)) refuse_value("expected a text" + found(start));
    return result;
  }

  /// Calls take(token, item) for each item of a list of numbers; `expected` is for messages.
  template <class Take>
  void for_each_item(std::string_view expected, Take take) {
    const auto start = token();
    json::array array;
    if (value_.get_array().get(array))
      refuse_value("expected a list of " + std::string{expected} + found(start));
    std::size_t item = 0;
    for (simdjson::simdjson_result<json::value> element : array) {
      if (element.error()) refuse_value("expected a list of " + std::string{expected});
      const std::string_view raw = element.value_unsafe().raw_json_token();
      take(trimmed(raw), ++item);
      const char* const behind = raw.data() + raw.size();
      if (*behind != ',' && *behind != ']') refuse_at(behind, "expected , or ]");
    }
    behind_ = location();
  }

  [[noreturn]] void refuse_value(std::string_view problem, std::size_t item = 0) const {
    refuse(key_, item, problem);
  }
  [[noreturn]] void refuse(std::string_view problem) const {
    throw DataError{lines_->place(), problem};
  }
  [[noreturn]] void refuse(std::string_view key, std::size_t item, std::string_view problem) const {
    std::string text = "key " + quoted(key);
    if (item > 0) text += ", item " + std::to_string(item);
    refuse(text.append(": ").append(problem));
  }

 private:
  static std::string quoted(std::string_view text) { return "'" + std::string{text} + "'"; }

  /// Where the next token starts; the end of the line behind the last one.
  const char* location() {
    const char* at = nullptr;
    return document_.current_location().get(at) ? line_.data() + line_.size() : at;
  }

  [[noreturn]] void refuse_at(const char* at, std::string_view expected) const {
    const auto column = static_cast<std::size_t>(at - line_.data());
    const auto rest = column < line_.size() ? line_.substr(column, 1) : std::string_view{};
    throw DataError{lines_->place(column + 1), std::string{expected} + found(rest)};
  }

  [[noreturn]] void refuse_start(simdjson::error_code error) const {
    const auto start = line_.find_first_not_of(" \t");
    if (start != std::string_view::npos && line_[start] != '{')
      refuse_at(line_.data() + start, "expected a JSON object");
    refuse(explain(error));
  }

  /// Moves to the next field and takes its key; false at the end of the object.
  bool next_field() {
    if (!at_first_) {
      if (*behind_ != ',' && *behind_ != '}') refuse_at(behind_, "expected , or }");
      ++field_;
    }
    at_first_ = false;
    if (field_ == json::object_iterator{}) return false;
    const char* const at = location();
    if (*at != '"') refuse_at(at, "expected a key in double quotes");
    json::field field;
    if ((*field_).get(field)) refuse_at(at, "expected a key and a colon behind it");
    if (field.unescaped_key().get(key_)) refuse_at(at, "expected a key of valid text");
    value_ = field.value();
    return true;
  }

  void check_unknown_value() {
    const auto start = token();
    if (!is_valid_json(value_, max_nesting))
      refuse_value("expected a JSON value, at most " + std::to_string(max_nesting) + " deep");
    if (start.starts_with('[') || start.starts_with('{')) behind_ = location();
  }

  void check_end() {
    if (const char* const at = location(); at != line_.data() + line_.size())
      refuse_at(at, "expected the end of the line");
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i].required && !seen_[i]) refuse("expected the key " + quoted(keys_[i].name));
  }

  std::span<const JsonKey> keys_;
  std::vector<bool> seen_;
  const LineReader* lines_ = nullptr;
  std::string_view line_;
  json::parser parser_;
  json::document document_;
  json::object_iterator field_;
  bool at_first_ = true;
  std::string_view key_;
  json::value value_;
  const char* behind_ = nullptr;  ///< the token behind the value
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
  const auto token = implementation_->token();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (!is_json_number(token) || error != std::errc{} || end != token.data() + token.size())
    implementation_->refuse_value("expected " + std::string{expected} + found(token));
  return value;
}

int JsonLine::date() {
  constexpr std::string_view expected = "a date YYYYMMDD";
  const auto date = static_cast<int>(
      std::clamp<std::int64_t>(integer(expected), -1, std::numeric_limits<int>::max()));
  if (!to_timestamp({.date = date, .time = 0}))
    refuse_value("expected " + std::string{expected} + found(implementation_->token()));
  return date;
}

int JsonLine::time() {
  constexpr std::string_view expected = "a time of day HHMMSSmmm";
  const auto time = static_cast<int>(
      std::clamp<std::int64_t>(integer(expected), -1, std::numeric_limits<int>::max()));
  if (!to_timestamp({.date = 19700101, .time = time}))
    refuse_value("expected " + std::string{expected} + found(implementation_->token()));
  return time;
}

bool JsonLine::boolean() {
  const auto token = implementation_->token();
  if (token != "true" && token != "false")
    implementation_->refuse_value("expected true or false" + found(token));
  return token == "true";
}

std::string_view JsonLine::text() { return implementation_->text(); }

void JsonLine::prices(std::vector<Price>& out) {
  out.clear();
  implementation_->for_each_item("prices", [&](std::string_view token, std::size_t item) {
    const auto price = parse_price(token);
    if (!price || *price > max_price || *price < -max_price)
      implementation_->refuse_value(
          (is_json_number(token) ? "expected a price within ±4611686018" : "expected a price") +
              found(token),
          item);
    out.push_back(*price);
  });
}

void JsonLine::volumes(std::vector<double>& out) {
  out.clear();
  implementation_->for_each_item("volumes", [&](std::string_view token, std::size_t item) {
    const auto volume = parse_number(token);
    if (!volume || *volume < 0)
      implementation_->refuse_value("expected a volume >= 0" + found(token), item);
    out.push_back(*volume);
  });
}

void JsonLine::refuse(std::string_view problem) const { implementation_->refuse(problem); }

void JsonLine::refuse_value(std::string_view problem) const {
  implementation_->refuse_value(problem);
}

void JsonLine::refuse(std::string_view key, std::size_t item, std::string_view problem) const {
  implementation_->refuse(key, item, problem);
}

}  // namespace obkit::store
