#include "json_walker.hpp"

namespace obkit::store {
namespace {

namespace json = simdjson::ondemand;

static_assert(LineReader::padding >= simdjson::SIMDJSON_PADDING);

constexpr int max_nesting = 64;

}  // namespace

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

}  // namespace obkit::store
