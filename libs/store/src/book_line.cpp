#include "obkit/store/book_line.hpp"

#include "obkit/core/number.hpp"

namespace obkit::store {

void append_book_line(std::string& out, const BookLineHead& head, const OrderBook& book) {
  out += "{\"date\":";
  append_integer(out, head.time.date);
  out += ",\"time\":";
  append_integer(out, head.time.time);
  out += ",\"prices\":[";
  for (const Price price : book.prices) {
    append_price(out, price);
    out += ',';
  }
  out.back() = ']';
  out += ",\"volumes\":[";
  for (const double volume : book.volumes) {
    append_number(out, volume);
    out += ',';
  }
  out.back() = ']';
  if (book.recv) {
    out += ",\"recv\":";
    append_integer(out, book.recv->time_since_epoch().count());
  }
  if (head.gap) out += ",\"gap\":true";
  if (!head.symbol.empty()) out.append(R"(,"symbol":")").append(head.symbol) += '"';
  out += "}\n";
}

}  // namespace obkit::store
