// Prints the best bid of a book that is given two levels.
#include <cstdio>

#include "obkit/book/full_book.hpp"

int main() {
  using namespace obkit;
  const auto level = [](Side side, int price) {
    const Price exact = Price::from_units(price * Price::units_per_one, 0);
    return LevelChange{.side = side, .id = level_id(side, exact), .price = exact, .size = 1};
  };
  BookUpdate image{.kind = BookUpdate::Kind::image};
  image.levels = {level(Side::bid, 100), level(Side::ask, 101)};
  book::FullBook book;
  if (book.apply(image).outcome != book::Outcome::applied) return 70;
  OrderBook top;
  if (!book.top(2, top)) return 70;
  std::printf("%s\n", to_string(top.best_bid()).c_str());
}
