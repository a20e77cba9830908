#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/core/error.hpp"
#include "obkit/exchange/book_frame.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::exchange {

/// A book frame of a capture.
struct CapturedFrame {
  std::string symbol, pool;
  BookFrame frame;  ///< of channel 0, with its text
};

/// Empty for a frame that is not about books. Throws nlohmann::json::exception and
/// std::invalid_argument for one that is damaged.
[[nodiscard]] std::optional<CapturedFrame> parse_bitmex_frame(std::string_view text,
                                                              Timestamp received);
[[nodiscard]] std::optional<CapturedFrame> parse_deribit_frame(std::string_view text,
                                                               Timestamp received);

/// Prices of captures have at most four decimals, so a double holds them exactly enough.
[[nodiscard]] Price captured_price(const nlohmann::json& number);

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

namespace {

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

namespace {

struct CaptureLine {
  Timestamp received;
  std::string_view frame;
};

std::optional<CaptureLine> split(std::string_view line) {
  const std::size_t tab = line.find_first_not_of("0123456789.");
  const bool epoch = tab != std::string_view::npos && line[tab] == '\t';
  const std::size_t end = epoch ? tab : line.find(' ');
  if (end == std::string_view::npos) return std::nullopt;
  const auto head = line.substr(0, end);
  const auto time = epoch ? parse_epoch_seconds(head) : parse_iso(head);
  if (!time) return std::nullopt;
  return CaptureLine{*time, line.substr(end + 1)};
}

struct Parser {
  Venue venue;
  std::string_view name;
  std::optional<CapturedFrame> (*parse)(std::string_view text, Timestamp received);
};

constexpr std::array parsers{Parser{Venue::bitmex, "BitMEX", parse_bitmex_frame},
                             Parser{Venue::deribit, "Deribit", parse_deribit_frame}};

class CaptureSource final : public Source {
 public:
  explicit CaptureSource(const std::string& path)
      : lines_{store::open_input(path), display_name(path)} {
    while (instruments_.empty())
      if (!read(first_)) throw DataError{lines_.place(), "expected a partial of an order book"};
  }

  [[nodiscard]] const std::vector<Instrument>& instruments() const override { return instruments_; }
  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }
  [[nodiscard]] Timestamp start() const override { return start_; }
  [[nodiscard]] std::vector<BookFrame> opening() const override { return {}; }

  [[nodiscard]] std::optional<Venue> venue() const override { return parser_->venue; }

  [[nodiscard]] bool next(Event& event) override {
    if (first_.frames.empty()) return read(event);
    event = std::move(first_);
    first_.frames.clear();
    return true;
  }

 private:
  /// The next book frame or disconnect; before the first partial nothing else counts.
  bool read(Event& event) {
    while (const auto line = lines_.next()) {
      event = {last_, {}, line->empty()};
      if (line->empty()) {
        if (!channels_.empty()) return true;
      } else if (parse(*line, event)) {
        return true;
      }
    }
    return false;
  }

  bool parse(std::string_view line, Event& event) {
    const auto parts = split(line);
    if (!parts) throw DataError{lines_.place(1), "expected a receive time and a frame"};
    event.time = last_ = std::max(last_, parts->received);
    if (parser_ != nullptr) return parse(*parser_, parts->frame, event);
    return std::any_of(parsers.begin(), parsers.end(),
                       [&](const Parser& one) { return parse(one, parts->frame, event); });
  }

  bool parse(const Parser& parser, std::string_view text, Event& event) {
    try {
      auto captured = parser.parse(text, event.time);
      if (!captured) return false;
      if (parser_ == nullptr && captured->frame.action == BookAction::partial)
        discover(parser, *captured, event.time);
      if (parser_ == nullptr || captured->symbol != channels_.front().symbol) return false;
      event.frames.push_back(std::move(captured->frame));
      return true;
    } catch (const std::exception& error) {
      throw DataError{lines_.place(),
                      "expected a frame of " + std::string{parser.name} + ": " + error.what()};
    }
  }

  void discover(const Parser& parser, const CapturedFrame& partial, Timestamp received) {
    parser_ = &parser;
    channels_.push_back({partial.symbol, partial.pool});
    instruments_.push_back({partial.symbol, Price::from_units(Price::units_per_one / 2, 1), 100});
    start_ = received;
  }

  store::LineReader lines_;
  const Parser* parser_ = nullptr;  ///< of the venue, once it is known
  std::vector<Channel> channels_;
  std::vector<Instrument> instruments_;
  Event first_;
  Timestamp start_, last_;
};

}  // namespace

std::unique_ptr<Source> make_capture_source(const std::string& path) {
  return std::make_unique<CaptureSource>(path);
}

}  // namespace obkit::exchange
