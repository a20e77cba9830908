// Prints the imbalance of each book of a day-file.
#include <cstdio>

#include "obkit/signals/strategy.hpp"
#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  obkit::store::DayFileReader reader{obkit::store::open_input(argv[1]), argv[1],
                                     obkit::store::BadLine::refuse};
  obkit::OrderBook book;
  while (reader.next(book))
    std::printf("%.6f\n", obkit::signals::imbalance(book.volumes, book.depth() / 2));
}
