#include "obkit/exchange/bitmex_frame.hpp"

#include <cassert>

namespace obkit::exchange {
namespace {

constexpr std::string_view partial_head =
    R"({"table":"orderBookL2","action":"partial","keys":["symbol","id","side"],)"
    R"("types":{"symbol":"symbol","id":"long","side":"symbol","size":"long","price":"float",)"
    R"("timestamp":"timestamp","transactTime":"timestamp","pool":"symbol"},"filter":)";

void append_row(std::string& out, const Row& row, const Channel& channel, BookAction action,
                Timestamp time, const std::string& time_text) {
  assert(row.price && (row.size || action == BookAction::remove));
  out += R"({"symbol":")";
  out += channel.symbol;
  out += R"(","id":)";
  out += std::to_string(row.id);
  out += row.side == Side::bid ? R"(,"side":"Buy")" : R"(,"side":"Sell")";
  if (action != BookAction::remove) {
    out += R"(,"size":)";
    out += std::to_string(*row.size);
  }
  out += R"(,"price":)";
  append_price(out, *row.price);
  out += R"(,"timestamp":")";
  out += time_text;
  out += R"(","transactTime":")";
  out += row.changed == time ? time_text : format_iso(row.changed);
  if (!channel.pool.empty()) {
    out += R"(","pool":")";
    out += channel.pool;
  }
  out += R"("},)";
}

void append_rows(std::string& out, const BookFrame& frame, const Channel& channel) {
  const std::string time_text = format_iso(frame.time);
  for (const Row& row : frame.rows)
    append_row(out, row, channel, frame.action, frame.time, time_text);
}

/// Ends a list whose elements each end with a comma.
void close_list(std::string& out) {
  if (out.back() == ',') out.pop_back();
  out += ']';
}

void append_filter(std::string& out, std::string_view pool, std::string_view symbol) {
  out += '{';
  if (!pool.empty()) out.append(R"("pool":")").append(pool).append("\"");
  if (!pool.empty() && !symbol.empty()) out += ',';
  if (!symbol.empty()) out.append(R"("symbol":")").append(symbol).append("\"");
  out += '}';
}

}  // namespace

std::string write_bitmex_frame(const BookFrame& frame, const Channel& channel) {
  if (frame.action == BookAction::partial)
    return write_bitmex_partial({frame}, {channel}, channel.symbol);
  std::string out = R"({"table":"orderBookL2","action":")";
  out += to_string(frame.action);
  out += R"(","data":[)";
  append_rows(out, frame, channel);
  close_list(out);
  out += '}';
  return out;
}

std::string write_bitmex_partial(const std::vector<BookFrame>& images,
                                 const std::vector<Channel>& channels,
                                 std::string_view filter_symbol) {
  assert(images.size() == channels.size() && !channels.empty());
  std::string out{partial_head};
  append_filter(out, channels.front().pool, filter_symbol);
  out += R"(,"data":[)";
  for (std::size_t i = 0; i < images.size(); ++i) append_rows(out, images[i], channels[i]);
  close_list(out);
  out += '}';
  return out;
}

std::string write_bitmex_rows(const BookFrame& frame, const Channel& channel) {
  std::string out = "[";
  append_rows(out, frame, channel);
  close_list(out);
  return out;
}

}  // namespace obkit::exchange
