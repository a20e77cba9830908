#include "json_value.hpp"

#include <algorithm>

namespace obkit::feed {

using simdjson::ondemand::value;

simdjson::ondemand::document JsonMessage::read(std::string_view text) {
  constexpr std::size_t usual = std::size_t{4} << 20U;
  if (buffer_.capacity() > 2 * usual && text.size() < usual) {
    // One giant must not cost its memory for months.
    buffer_ = {};
    parser_ = simdjson::ondemand::parser{};
  }
  buffer_.resize(text.size() + simdjson::SIMDJSON_PADDING);
  std::copy(text.begin(), text.end(), buffer_.begin());
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

Price price_of(value number) {
  std::string_view token = number.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  const auto price = parse_price(token);
  if (!price) throw BadFrame{"a price that is no number"};
  return *price;
}

double size_of(value number) {
  const double size = number.get_double();
  if (size < 0) throw BadFrame{"a size below zero"};
  return size;
}

}  // namespace obkit::feed
