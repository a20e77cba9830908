#include "repeated_prices.hpp"

namespace obkit::store {

std::size_t RepeatedPrices::read(std::string_view text, std::vector<Price>& out) {
  ++lists_;
  if (text_.empty() || !text.starts_with(text_)) return 0;
  last_repeated_ = lists_;
  out = prices_;
  return text_.size() - 1;
}

void RepeatedPrices::note(std::string_view text, const std::vector<Price>& prices) {
  if (lists_ > last_repeated_ + patience && lists_ % rest != 0) return text_.clear();
  text_ = text;
  prices_ = prices;
}

}  // namespace obkit::store
