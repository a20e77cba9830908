#include <stdexcept>

#include "capture_frames.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::json;

BookAction parse_word(const std::string& word) {
  if (word == "new") return BookAction::insert;
  if (word == "change") return BookAction::update;
  if (word == "delete") return BookAction::remove;
  throw std::invalid_argument{"action " + word};
}

void add_rows(BookFrame& frame, const Json& list, Side side) {
  for (const Json& json : list) {
    Row row;
    row.side = side;
    row.price = captured_price(json.at(1));
    row.id = level_id(side, *row.price);
    row.action = parse_word(json.at(0));
    if (row.action != BookAction::remove) row.size = json.at(2).get<std::int64_t>();
    row.changed = frame.time;
    frame.rows.push_back(row);
  }
}

}  // namespace

std::optional<CapturedFrame> parse_deribit_frame(std::string_view text, Timestamp) {
  if (text.find(R"("channel":"book.)") == std::string_view::npos) return std::nullopt;
  const Json json = Json::parse(text);
  const Json& data = json.at("params").at("data");
  const bool is_change = data.contains("prev_change_id");
  CapturedFrame out;
  out.symbol = data.at("instrument_name");
  BookFrame& frame = out.frame;
  frame.action = is_change ? BookAction::change : BookAction::partial;
  frame.time = Timestamp{std::chrono::milliseconds{data.at("timestamp").get<std::int64_t>()}};
  frame.text = text;
  frame.change_id = data.at("change_id");
  if (is_change) frame.previous_change_id = data.at("prev_change_id");
  add_rows(frame, data.at("bids"), Side::bid);
  add_rows(frame, data.at("asks"), Side::ask);
  return out;
}

}  // namespace obkit::exchange
