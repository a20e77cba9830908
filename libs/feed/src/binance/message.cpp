#include "message.hpp"

#include <algorithm>
#include <chrono>

namespace obkit::feed::binance {
namespace {

using simdjson::ondemand::value;

/// Behind the symbol of a stream's name: "depth@100ms".
std::string_view kind_of(std::string_view stream) {
  return stream.substr(std::min(stream.find('@'), stream.size() - 1) + 1);
}

bool is_diff_stream(std::string_view stream) {
  const std::string_view kind = kind_of(stream);
  return kind == "depth" || kind.starts_with("depth@");
}

/// Minutes before the end of the socket.
constexpr std::string_view shutdown_stream = "!serverShutdown";

/// As Tardis calls the answers that it asked for.
bool is_snapshot_stream(std::string_view stream) { return kind_of(stream) == "depthSnapshot"; }

bool is_trade_stream(std::string_view stream) {
  const std::string_view kind = kind_of(stream);
  return kind == "trade" || kind == "aggTrade";
}

/// Whether the data of a stream may be about a whole book, or a trade. Others (the best levels
/// only, say) look the same inside.
bool is_of_interest(std::string_view stream) {
  return stream.empty() || is_diff_stream(stream) || is_snapshot_stream(stream) ||
         is_trade_stream(stream) || stream == shutdown_stream;
}

bool is_list(value content) {
  simdjson::ondemand::json_type type{};
  return content.type().get(type) == simdjson::SUCCESS &&
         type == simdjson::ondemand::json_type::array;
}

}  // namespace

void Message::clear() {
  for (std::string* text :
       {&stream, &event, &symbol, &error, &price, &size, &execution, &visible_size})
    text->clear();
  for (auto* number :
       {&first, &last, &previous, &snapshot, &event_ms, &engine_ms, &id, &trade, &aggregate})
    number->reset();
  buyer_is_maker.reset();
  code = 0;
  has_bids = has_asks = has_result = has_error = false;
}

bool Message::is_diff() const {
  return event == "depthUpdate" && (stream.empty() || is_diff_stream(stream));
}

bool Message::is_snapshot() const {
  return snapshot && (stream.empty() || is_snapshot_stream(stream));
}

bool Message::is_trade() const {
  return (event == "trade" || event == "aggTrade") && (stream.empty() || is_trade_stream(stream));
}

std::string Message::symbol_of_stream() const {
  std::string text = stream.substr(0, stream.find('@'));
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::optional<Timestamp> Message::time() const {
  const auto& told = engine_ms ? engine_ms : event_ms;
  if (!told) return std::nullopt;
  constexpr std::uint64_t first_of_microseconds = 100'000'000'000'000;
  if (*told < first_of_microseconds) return time_of_milliseconds(*told);
  constexpr std::uint64_t thousand = 1000;
  return time_of_milliseconds(*told / thousand) + std::chrono::microseconds{*told % thousand};
}

const Message& MessageReader::read(std::string_view text, BookUpdate& update) {
  message_.clear();
  auto document = json_.read(text);
  if (document.type() == simdjson::ondemand::json_type::array) return message_;
  read_fields(document, update);
  return message_;
}

void MessageReader::read_fields(simdjson::ondemand::document& document, BookUpdate& update) {
  bool is_late = false;  // the stream is named first; an order of keys is no promise, though
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    value content = field.value();
    if (key == "stream") {
      message_.stream = text_of(content);
    } else if (key != "data") {
      read_key(key, content, update);
    } else if (message_.stream.empty()) {
      is_late = true;
    } else if (is_of_interest(message_.stream)) {
      for_each_field(content,
                     [&](std::string_view part, value inner) { read_key(part, inner, update); });
    }
  }
  JsonMessage::expect_end(document);
  if (!is_late || !is_of_interest(message_.stream)) return;
  document.rewind();
  for_each_field(document.find_field_unordered("data").value(),
                 [&](std::string_view part, value inner) { read_key(part, inner, update); });
}

/// Lenient, but for rows: what has another type than it should is as good as absent.
void MessageReader::read_key(std::string_view key, value content, BookUpdate& update) {
  if (key == "id") message_.id = whole_number_of(content);
  if (key == "result") message_.has_result = true;
  if (key == "code") {
    message_.has_error = true;
    if (content.get_int64().get(message_.code) != simdjson::SUCCESS) message_.code = 0;
  }
  if (key == "msg") message_.error = text_of(content);
  if (key == "error")
    for_each_field(content,
                   [&](std::string_view part, value inner) { read_key(part, inner, update); });
  if (key.size() <= 2 || key == "lastUpdateId" || key == "bids" || key == "asks")
    read_book_key(key, content, update);
}

void MessageReader::read_book_key(std::string_view key, value content, BookUpdate& update) {
  if (key == "e") message_.event = text_of(content);
  if (key == "s") message_.symbol = text_of(content);
  if (key == "E") message_.event_ms = whole_number_of(content);
  if (key == "T") message_.engine_ms = whole_number_of(content);
  if (key == "U") message_.first = whole_number_of(content);
  if (key == "u") message_.last = whole_number_of(content);
  if (key == "pu") message_.previous = whole_number_of(content);
  if (key == "t") message_.trade = whole_number_of(content);
  if (key == "a") message_.aggregate = whole_number_of(content);
  if (key == "p") message_.price = text_of(content);
  if (key == "q") message_.size = text_of(content);
  if (key == "nq") message_.visible_size = text_of(content);
  if (key == "X") message_.execution = text_of(content);
  if (key == "m") message_.buyer_is_maker = truth_of(content);
  if (key == "lastUpdateId") message_.snapshot = whole_number_of(content);
  if (key == "b" || key == "bids") read_rows(content, Side::bid, message_.has_bids, update);
  if (key == "a" || key == "asks") read_rows(content, Side::ask, message_.has_asks, update);
}

/// Other events have other things under the same keys.
void MessageReader::read_rows(value content, Side side, bool& seen, BookUpdate& update) {
  const bool is_other = !message_.event.empty() && message_.event != "depthUpdate";
  if (is_other || !is_list(content)) return;
  read_level_rows(content, side, update);
  seen = true;
}

}  // namespace obkit::feed::binance
