#include "obkit/store/json_line.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/line_reader.hpp"

#include "lines/line_format.hpp"

namespace obkit::store {

std::string shown(std::string_view text) {
  constexpr std::size_t limit = 40;
  std::string result{text.substr(0, limit)};
  for (char& c : result)
    if (c < ' ' || c > '~') c = '?';
  return text.size() > limit ? result + "…" : result;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result.append({'\\', c});
    else if (byte < 0x20)
      result.append("\\u00").append({digits[byte >> 4U], digits[byte & 15U]});
    else if (byte >= 0x80 && !is_utf8)
      result.append("\\ufffd");
    else
      result += c;
  }
  return result;
}

JsonEnd find_json_end(std::string_view text) {
  JsonEnd end;
  int objects = 0, lists = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '[' || c == ']'))
      lists += c == '[' ? 1 : -1;
    else if (!in_string && c == '{')
      ++objects;
    else if (!in_string && c == '}')
      end.closed_object |= --objects <= 0;
  }
  end.is_open = in_string || objects + lists != 0;
  return end;
}

namespace {

namespace json = simdjson::ondemand;

/// ", found …", for a message.
[[nodiscard]] std::string found(std::string_view text);

/// What is wrong with a line that cannot even be cut into tokens, or is no object.
[[nodiscard]] std::string_view explain(simdjson::error_code error);

/// Whether `value` is JSON to its last leaf and nested no deeper than `nesting`.
[[nodiscard]] bool is_valid_json(simdjson::ondemand::value value, int nesting);

/// A token without the white space behind it.
[[nodiscard]] inline std::string_view trimmed(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t' || token.back() == '\r' ||
                            token.back() == '\n'))
    token.remove_suffix(1);
  return token;
}

bool is_valid_array(json::value value, int nesting) {
  json::array array;
  if (value.get_array().get(array)) return false;
  for (auto item : array)
    if (item.error() || !is_valid_json(item.value_unsafe(), nesting)) return false;
  return true;
}

bool is_valid_object(json::value value, int nesting) {
  json::object object;
  if (value.get_object().get(object)) return false;
  for (auto field : object) {
    if (field.error() || field.unescaped_key().error()) return false;
    if (!is_valid_json(field.value_unsafe().value(), nesting)) return false;
  }
  return true;
}

std::string found(std::string_view text) {
  return ", found " + (text.empty() ? "the end of the line" : shown(text));
}

std::string_view explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "expected UTF-8 text, found other bytes";
    case simdjson::UNCLOSED_STRING:
      return "expected a closing double quote, found the end of the line";
    case simdjson::UNESCAPED_CHARS:
      return "expected control characters to be escaped, found one in a string";
    case simdjson::EMPTY:
      return "expected a JSON object, found an empty line";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "expected a JSON object that ends with }, found something else at the end of the line";
    default:
      return simdjson::error_message(error);
  }
}

bool is_valid_json(json::value value, int nesting) {
  json::json_type type{};
  if (nesting < 0 || value.type().get(type)) return false;
  if (type == json::json_type::array) return is_valid_array(value, nesting - 1);
  if (type == json::json_type::object) return is_valid_object(value, nesting - 1);
  if (type == json::json_type::string) return !value.get_string().error();
  const auto token = trimmed(value.raw_json_token());
  return is_json_number(token) || token == "true" || token == "false" || token == "null";
}

/// Walks through the fields of a line that holds one JSON object. The only place that knows how the
/// parser moves; whatever it stumbles on is a DataError with the column.
class JsonWalker {
 public:
  void begin(const LineReader& lines, std::string_view line);

  /// Moves to the next field; false at the end, when nothing follows the object.
  [[nodiscard]] bool next_field();
  [[nodiscard]] std::string_view key() const { return key_; }

  // The value of that field is taken by one of these.

  /// The token of a number or a word; of anything else its start.
  [[nodiscard]] std::string_view token();
  [[nodiscard]] std::string_view text();
  /// Checks a value that nobody asked for.
  void check_value();
  /// Calls take(token, item) for each item of a list, item from 1; `expected` is for messages.
  template <class Take>
  void for_each_item(std::string_view expected, Take take);

  [[noreturn]] void refuse(std::string_view problem) const;
  /// About the value of `key`, with `item` (from 1) about one item of its list.
  [[noreturn]] void refuse(std::string_view key, std::size_t item, std::string_view problem) const;
  [[noreturn]] void refuse_value(std::string_view problem, std::size_t item = 0) const {
    refuse(key_, item, problem);
  }

 private:
  /// Where the next token starts; the end of the line behind the last one.
  [[nodiscard]] const char* location();
  [[noreturn]] void refuse_at(const char* at, std::string_view expected) const;
  [[noreturn]] void refuse_start(simdjson::error_code error) const;

  const LineReader* lines_ = nullptr;
  std::string_view line_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  simdjson::ondemand::object_iterator field_;
  bool at_first_ = true;
  std::string_view key_;
  simdjson::ondemand::value value_;
  const char* behind_ = nullptr;  ///< the token behind the value
};

template <class Take>
void JsonWalker::for_each_item(std::string_view expected, Take take) {
  const auto start = token();
  simdjson::ondemand::array array;
  if (value_.get_array().get(array))
    refuse_value("expected a list of " + std::string{expected} + found(start));
  std::size_t item = 0;
  for (simdjson::simdjson_result<simdjson::ondemand::value> element : array) {
    if (element.error()) refuse_value("expected a list of " + std::string{expected});
    const std::string_view raw = element.value_unsafe().raw_json_token();
    take(trimmed(raw), ++item);
    const char* const behind = raw.data() + raw.size();
    if (*behind != ',' && *behind != ']') refuse_at(behind, "expected , or ]");
  }
  behind_ = location();
}

static_assert(LineReader::padding >= simdjson::SIMDJSON_PADDING);

constexpr int max_nesting = 64;

void JsonWalker::begin(const LineReader& lines, std::string_view line) {
  lines_ = &lines;
  line_ = line;
  at_first_ = true;
  const auto error =
      parser_.iterate(line.data(), line.size(), line.size() + LineReader::padding).get(document_);
  if (error) refuse(explain(error));
  json::object object;
  if (const auto not_object = document_.get_object().get(object)) refuse_start(not_object);
  if (object.begin().get(field_)) refuse("expected a JSON object");
}

bool JsonWalker::next_field() {
  if (!at_first_) {
    if (*behind_ != ',' && *behind_ != '}') refuse_at(behind_, "expected , or }");
    ++field_;
  }
  at_first_ = false;
  const char* const at = location();
  if (field_ == json::object_iterator{}) {
    if (at != line_.data() + line_.size()) refuse_at(at, "expected the end of the line");
    return false;
  }
  if (*at != '"') refuse_at(at, "expected a key in double quotes");
  json::field field;
  if ((*field_).get(field)) refuse_at(at, "expected a key and a colon behind it");
  if (field.unescaped_key().get(key_)) refuse_at(at, "expected a key of valid text");
  value_ = field.value();
  return true;
}

std::string_view JsonWalker::token() {
  const std::string_view raw = value_.raw_json_token();
  behind_ = raw.data() + raw.size();
  return trimmed(raw);
}

std::string_view JsonWalker::text() {
  std::string_view result;
  const auto start = token();
  if (value_.get_string().get(result)) refuse_value("expected a text" + found(start));
  return result;
}

void JsonWalker::check_value() {
  const auto start = token();
  if (!is_valid_json(value_, max_nesting))
    refuse_value("expected a JSON value, at most " + std::to_string(max_nesting) + " deep");
  if (start.starts_with('[') || start.starts_with('{')) behind_ = location();
}

void JsonWalker::refuse(std::string_view problem) const {
  throw DataError{lines_->place(), problem};
}

void JsonWalker::refuse(std::string_view key, std::size_t item, std::string_view problem) const {
  std::string text = "key '" + shown(key) + "'";
  if (item > 0) text += ", item " + std::to_string(item);
  refuse(text.append(": ").append(problem));
}

const char* JsonWalker::location() {
  const char* at = nullptr;
  return document_.current_location().get(at) ? line_.data() + line_.size() : at;
}

void JsonWalker::refuse_at(const char* at, std::string_view expected) const {
  const auto column = static_cast<std::size_t>(at - line_.data());
  const auto rest = column < line_.size() ? line_.substr(column, 1) : std::string_view{};
  throw DataError{lines_->place(column + 1), std::string{expected} + found(rest)};
}

void JsonWalker::refuse_start(simdjson::error_code error) const {
  const auto start = line_.find_first_not_of(" \t");
  if (start != std::string_view::npos && line_[start] != '{')
    refuse_at(line_.data() + start, "expected a JSON object");
  refuse(explain(error));
}

}  // namespace

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

namespace {

/// `item` (from 1) of a list; 0: the value itself.
Price price_of(const JsonWalker& walker, std::string_view token, std::size_t item = 0) {
  const auto price = parse_price(token);
  if (price && is_in_range(*price)) return *price;
  const std::string_view expected =
      is_json_number(token) ? "expected a price of at most nine decimals within ±4611686018"
                            : "expected a price";
  walker.refuse_value(std::string{expected} + found(token), item);
}

double volume_of(const JsonWalker& walker, std::string_view token, std::size_t item = 0) {
  const auto volume = parse_number(token);
  if (volume && *volume >= 0) return *volume;
  walker.refuse_value("expected a volume >= 0" + found(token), item);
}

}  // namespace

Price JsonLine::price() {
  JsonWalker& walker = implementation_->walker;
  return price_of(walker, walker.token());
}

double JsonLine::volume() {
  JsonWalker& walker = implementation_->walker;
  return volume_of(walker, walker.token());
}

void JsonLine::prices(std::vector<Price>& out) {
  out.clear();
  JsonWalker& walker = implementation_->walker;
  walker.for_each_item("prices", [&](std::string_view token, std::size_t item) {
    out.push_back(price_of(walker, token, item));
  });
}

void JsonLine::volumes(std::vector<double>& out) {
  out.clear();
  JsonWalker& walker = implementation_->walker;
  walker.for_each_item("volumes", [&](std::string_view token, std::size_t item) {
    out.push_back(volume_of(walker, token, item));
  });
}

void JsonLine::numbers(std::vector<double>& out) {
  out.clear();
  JsonWalker& walker = implementation_->walker;
  walker.for_each_item("numbers", [&](std::string_view token, std::size_t item) {
    const auto number = parse_number(token);
    if (!number) walker.refuse_value("expected a number" + found(token), item);
    out.push_back(*number);
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
