#include "common/book_batch.hpp"

namespace obkit::common {

void BookBatch::score(const Score& score) {
  try {
    return score_some(score, 0, count_);
  } catch (...) {  // which book it was shows below
  }
  for (std::size_t i = 0; i < count_; ++i) {
    try {
      score_some(score, i, 1);
    } catch (...) {
      failure_ = std::current_exception();
      count_ = i;
    }
  }
}

void BookBatch::clear() {
  count_ = 0;
  flow_.clear();
  failure_ = nullptr;
}

void BookBatch::score_some(const Score& score, std::size_t begin, std::size_t count) {
  score(obkit::signals::Books{books_, flow_}.part(begin, count),
        std::span{scores_}.subspan(begin * strategies_, count * strategies_));
}

}  // namespace obkit::common
