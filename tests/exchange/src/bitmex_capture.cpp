#include <cmath>
#include <stdexcept>

#include "capture_frames.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::json;

std::optional<BookAction> parse_action(const std::string& name) {
  for (const auto action :
       {BookAction::partial, BookAction::remove, BookAction::update, BookAction::insert})
    if (name == to_string(action)) return action;
  return std::nullopt;
}

Timestamp time_or(const Json& row, const char* key, Timestamp fallback) {
  const auto found = row.find(key);
  if (found == row.end()) return fallback;
  return parse_iso(found->get_ref<const std::string&>()).value_or(fallback);
}

Row parse_row(const Json& json, Timestamp time) {
  Row row;
  row.id = json.at("id").get<std::uint64_t>();
  row.side = json.at("side").get_ref<const std::string&>() == "Buy" ? Side::bid : Side::ask;
  if (const auto price = json.find("price"); price != json.end())
    row.price = captured_price(*price);
  if (const auto size = json.find("size"); size != json.end()) row.size = size->get<std::int64_t>();
  row.changed = time_or(json, "transactTime", time_or(json, "timestamp", time));
  return row;
}

}  // namespace

Price captured_price(const Json& number) {
  constexpr std::int64_t per_tenth = Price::units_per_one / 10;
  const std::int64_t units = std::llround(number.get<double>() * Price::units_per_one);
  return Price::from_units(units, units % Price::units_per_one == 0 ? 0
                                  : units % per_tenth == 0          ? 1
                                                                    : Price::max_decimals);
}

std::optional<CapturedFrame> parse_bitmex_frame(std::string_view text, Timestamp received) {
  if (text.find(R"("orderBookL2","action")") == std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(text);
  const auto action = parse_action(json.at("action"));
  if (!action) throw std::invalid_argument{"action " + json.at("action").dump()};
  const Json& data = json.at("data");
  CapturedFrame out;
  out.symbol = data.empty() || *action == BookAction::partial ? json.at("filter").at("symbol")
                                                              : data.front().at("symbol");
  if (*action == BookAction::partial) out.pool = json.at("filter").value("pool", "");
  const Timestamp time = data.empty() ? received : time_or(data.front(), "timestamp", received);
  out.frame = {0, *action, time, {}, std::string{text}};
  for (const Json& row : data) out.frame.rows.push_back(parse_row(row, time));
  return out;
}

}  // namespace obkit::exchange
