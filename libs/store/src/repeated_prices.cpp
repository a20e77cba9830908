#include "repeated_prices.hpp"

namespace obkit::store {

std::size_t RepeatedPrices::find(std::string_view text) {
  ++lists_;
  if (text_.empty()) return 0;
  if (!text.starts_with(text_)) {
    text_.clear();
    return 0;
  }
  last_repeated_ = lists_;
  return text_.size() - 1;
}

void RepeatedPrices::note(std::string_view text) {
  if (lists_ <= last_repeated_ + patience || lists_ % rest == 0) text_ = text;
}

}  // namespace obkit::store
