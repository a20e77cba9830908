#include "row.hpp"

#include "../json/json_value.hpp"

namespace obkit::feed::kraken {

using simdjson::ondemand::value;

Row read_row(value content, std::string& lost) {
  Row row;
  bool has_price = false;
  for (auto field : content.get_object()) {
    const std::string_view key = field.unescaped_key();
    value part = field.value();
    if (key == "price") has_price = true, row.price = price_of(part, lost);
    if (key != "qty") continue;
    row.size_text = digits_of(part);
    row.size = size_of(part);
  }
  if (!has_price || row.size_text.empty()) throw BadFrame{"a level without price or qty"};
  return row;
}

}  // namespace obkit::feed::kraken
