#pragma once

#include <string>
#include <unordered_map>

#include "obkit/book/full_book.hpp"
#include "obkit/feed/protocol.hpp"

#include "fuzz.hpp"

namespace obkit::fuzz {

/// The books of all symbols that frames speak of.
class Books {
 public:
  void hear(const feed::Frame& frame) {
    require(frame.updates.empty() || frame.kind == feed::Frame::Kind::book);
    require(frame.trades.empty() == (frame.kind != feed::Frame::Kind::trades));
    for (const TradeUpdate& update : frame.trades)
      for (const Trade& trade : update.trades) require(trade.volume >= 0);
    for (const BookUpdate& update : frame.updates) {
      book::FullBook& book = books_[update.symbol];
      if (update.kind == BookUpdate::Kind::witness) {
        if (book.has_image() && update.lost.empty()) static_cast<void>(book.agrees_with(update));
        continue;
      }
      const book::Applied applied = book.apply(update);
      require(book.has_image() == (applied.outcome == book::Outcome::applied));
      require(update.kept_levels == 0 || book.levels() <= 2 * update.kept_levels ||
              update.kind == BookUpdate::Kind::old);
      check(book);
    }
  }

 private:
  void check(const book::FullBook& book) {
    constexpr std::size_t half = 2;
    if (!book.top(2 * half, visible_)) return;
    require(visible_.prices[0] < visible_.prices[1]);
    require(visible_.prices[half] < visible_.prices[half + 1]);
    require(book.is_crossed() == (visible_.prices[half - 1] >= visible_.prices[half]));
    for (const double volume : visible_.volumes) require(volume >= 0);
  }

  std::unordered_map<std::string, book::FullBook> books_;
  OrderBook visible_;
};

}  // namespace obkit::fuzz
