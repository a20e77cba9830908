#include "json_value.hpp"

#include <algorithm>
#include <chrono>

#include "obkit/core/giant.hpp"
#include "obkit/core/number.hpp"

namespace obkit::feed {

using simdjson::ondemand::value;

simdjson::ondemand::document JsonMessage::read(std::string_view text) {
  if (is_left_by_giant(buffer_.capacity()) && text.size() < usual_message) {
    empty_for_next(buffer_);
    parser_ = simdjson::ondemand::parser{};
  }
  buffer_.resize(text.size() + simdjson::SIMDJSON_PADDING);
  const auto behind = std::copy(text.begin(), text.end(), buffer_.begin());
  std::fill(behind, buffer_.end(), ' ');  // a broken message must not go on in the one before
  const simdjson::padded_string_view padded{buffer_.data(), text.size(), buffer_.size()};
  return parser_.iterate(padded).value();
}

void JsonMessage::expect_end(simdjson::ondemand::document& document) {
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
    throw BadFrame{"text behind the message"};
}

std::string_view text_of(value content) {
  std::string_view text;
  return content.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::optional<std::uint64_t> whole_number_of(value content) {
  std::uint64_t number = 0;
  if (content.get_uint64().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<bool> truth_of(value content) {
  bool truth = false;
  if (content.get_bool().get(truth) != simdjson::SUCCESS) return std::nullopt;
  return truth;
}

Timestamp time_of_milliseconds(std::uint64_t milliseconds) {
  constexpr std::uint64_t latest = 9'000'000'000'000;
  if (milliseconds > latest) throw BadFrame{"a timestamp that is no time in milliseconds"};
  return Timestamp{std::chrono::milliseconds{milliseconds}};
}

namespace {

double checked_size(double size) {
  if (size < 0) throw BadFrame{"a size below zero"};
  return size;
}

}  // namespace

std::optional<Price> price_in(std::string_view digits, std::string& lost) {
  const auto price = parse_price(digits);
  if (price && is_in_range(*price)) return price;
  if (!is_json_number(digits)) throw BadFrame{"a price that is no number"};
  constexpr std::size_t shown = 40;
  lost = std::string{price_not_held}.append(" (").append(digits.substr(0, shown)).append(")");
  return std::nullopt;
}

double size_in(std::string_view digits) {
  const auto size = parse_number(digits);
  if (!size) throw BadFrame{"a size that is no number"};
  return checked_size(*size);
}

std::string_view digits_of(value number) {
  std::string_view token = number.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

std::optional<Price> price_of(value number, std::string& lost) {
  return price_in(digits_of(number), lost);
}

double size_of(value number) { return checked_size(number.get_double()); }

std::optional<Price> price_of_text(value text, std::string& lost) {
  return price_in(text.get_string(), lost);
}

double size_of_text(value text) { return size_in(text.get_string()); }

void read_level_rows(value rows, Side side, BookUpdate& update, SizeTexts* texts) {
  for (auto row : rows.get_array()) {
    std::size_t count = 0;
    std::optional<Price> price;
    std::string_view size;
    for (auto cell : row.get_array()) {
      if (count == 0) price = price_of_text(cell.value(), update.lost);
      if (count == 1) size = cell.get_string();
      ++count;
    }
    if (count < 2) throw BadFrame{"a row without price and size"};
    const double number = size_in(size);
    if (!price) continue;
    update.levels.push_back(level_of(side, *price, number));
    if (texts != nullptr) texts->note(level_id(side, *price), size);
  }
}

}  // namespace obkit::feed
