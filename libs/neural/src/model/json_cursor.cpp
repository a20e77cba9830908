#include "model/json_cursor.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <utility>

#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"

namespace obkit::neural {
namespace {

using Json = nlohmann::ordered_json;

/// Line and column of the byte before `end`, where a parser stopped.
InputPlace place_before(std::string_view text, std::size_t end, const std::string& name) {
  const auto before = text.substr(0, std::min(end > 0 ? end - 1 : 0, text.size()));
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const auto begin = before.rfind('\n');
  const auto column = begin == std::string_view::npos ? before.size() : before.size() - begin - 1;
  return {.name = name, .line = line + 1, .column = column + 1};
}

}  // namespace

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string float_text(float value) {
  if (std::isnan(value)) return "nan";  // some are written "-nan"
  std::array<char, 32> text;            // NOLINT(cppcoreguidelines-pro-type-member-init)
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

Json parse_document(std::string_view text, const std::string& name, int max_depth) {
  const auto refuse_depth = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > max_depth) throw DataError{{.name = name}, "lists or objects nested too deeply"};
    return true;
  };
  try {
    return Json::parse(text, refuse_depth);
  } catch (const Json::parse_error& error) {
    const bool cut = error.byte > text.size();
    throw DataError{place_before(text, error.byte, name),
                    cut ? "the file ends too early: expected more JSON" : "expected JSON"};
  } catch (const Json::out_of_range&) {
    throw DataError{{.name = name}, "a number is too large for a double"};
  }
}

JsonCursor JsonCursor::operator[](const std::string& key) const {
  const std::string path = path_.empty() ? key : path_ + "." + key;
  if (!value_->is_object()) fail("expected an object");
  const auto found = value_->find(key);
  if (found == value_->end()) JsonCursor{*value_, *file_, path}.fail("this key is missing");
  return {*found, *file_, path};
}

JsonCursor JsonCursor::operator[](std::size_t index) const {
  assert(index < size());
  return {(*value_)[index], *file_, path_ + "[" + std::to_string(index) + "]"};
}

bool JsonCursor::flag() const {
  if (!value_->is_boolean()) fail("expected true or false");
  return value_->get<bool>();
}

std::int64_t JsonCursor::integer(std::int64_t least, std::int64_t most) const {
  // A number that only an unsigned 64 bit integer holds is beyond any limit here.
  const bool fits = value_->is_number_integer() &&
                    (!value_->is_number_unsigned() ||
                     value_->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  const std::int64_t value = fits ? value_->get<std::int64_t>() : 0;
  if (!fits || value < least || value > most)
    fail("expected a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

double JsonCursor::number() const {
  if (!value_->is_number()) fail("expected a number");
  return value_->get<double>();
}

float JsonCursor::number(float least, float most) const {
  const auto value = static_cast<float>(number());  // infinite, where it is beyond a float
  if (!(value >= least && value <= most))
    fail("expected a number from " + float_text(least) + " to " + float_text(most) + ", found " +
         to_text(number()));
  return value;
}

std::string JsonCursor::text() const {
  if (!value_->is_string()) fail("expected a text");
  return value_->get<std::string>();
}

std::vector<std::string> JsonCursor::texts() const {
  std::vector<std::string> list(size());
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = (*this)[i].text();
  return list;
}

std::size_t JsonCursor::size() const {
  if (!value_->is_array()) fail("expected a list");
  return value_->size();
}

void JsonCursor::expect_size(std::size_t expected) const {
  if (size() != expected)
    fail("expected " + counted(expected, "item") + ", found " + std::to_string(size()));
}

std::vector<std::string> JsonCursor::keys() const {
  if (!value_->is_object()) fail("expected an object");
  std::vector<std::string> names;
  for (const auto& [name, value] : value_->items()) names.push_back(name);
  return names;
}

void JsonCursor::fail(std::string_view problem) const {
  throw DataError{
      {.name = *file_},
      path_.empty() ? std::string{problem} : "'" + path_ + "': " + std::string{problem}};
}

}  // namespace obkit::neural
