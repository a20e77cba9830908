#include "obkit/store/trade_line.hpp"

#include "obkit/core/number.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::store {

std::string_view name_of(Aggressor aggressor) {
  return aggressor == Aggressor::buyer ? "buy" : "sell";
}

void append_trade_line(std::string& out, const RecordedTrade& recorded) {
  constexpr int microseconds = 6;
  const Trade& trade = recorded.trade;
  out.append(R"({"time":")").append(format_iso(trade.time, microseconds)).append(R"(","price":)");
  append_price(out, trade.price);
  out += R"(,"volume":)";
  append_number(out, trade.volume);
  if (trade.aggressor) out.append(R"(,"side":")").append(name_of(*trade.aggressor)).append("\"");
  if (recorded.recv) {
    out += R"(,"recv":)";
    append_integer(out, recorded.recv->time_since_epoch().count());
  }
  if (!trade.id.empty()) out.append(R"(,"id":")").append(escaped(trade.id)).append("\"");
  if (recorded.gap) out += R"(,"gap":true)";
  if (!trade.off.empty()) out.append(R"(,"off":")").append(escaped(trade.off)).append("\"");
  out += "}\n";
}

}  // namespace obkit::store
