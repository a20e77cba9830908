#include "obkit/exchange/capture_source.hpp"

#include <cmath>
#include <string_view>

#include <nlohmann/json.hpp>

#include "obkit/core/error.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::exchange {
namespace {

using Json = nlohmann::json;

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

std::optional<BookAction> parse_action(const std::string& name) {
  for (const auto action :
       {BookAction::partial, BookAction::remove, BookAction::update, BookAction::insert})
    if (name == to_string(action)) return action;
  return std::nullopt;
}

/// Prices of captures have at most four decimals, so a double holds them exactly enough.
Price to_price(const Json& number) {
  constexpr std::int64_t per_tenth = Price::units_per_one / 10;
  const std::int64_t units = std::llround(number.get<double>() * Price::units_per_one);
  return Price::from_units(units, units % Price::units_per_one == 0 ? 0
                                  : units % per_tenth == 0          ? 1
                                                                    : Price::max_decimals);
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
  if (const auto price = json.find("price"); price != json.end()) row.price = to_price(*price);
  if (const auto size = json.find("size"); size != json.end()) row.size = size->get<std::int64_t>();
  row.changed = time_or(json, "transactTime", time_or(json, "timestamp", time));
  return row;
}

class CaptureSource final : public Source {
 public:
  explicit CaptureSource(const std::string& path)
      : lines_{store::open_input(path), display_name(path)} {
    while (instruments_.empty())
      if (!read(first_)) throw DataError{lines_.place(), "expected a partial of orderBookL2"};
  }

  [[nodiscard]] const std::vector<Instrument>& instruments() const override { return instruments_; }
  [[nodiscard]] const std::vector<Channel>& channels() const override { return channels_; }
  [[nodiscard]] Timestamp start() const override { return start_; }
  [[nodiscard]] std::vector<BookFrame> opening() const override { return {}; }

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
    try {
      return parse_frame(parts->frame, event);
    } catch (const Json::exception& error) {
      throw DataError{lines_.place(), std::string{"expected a frame of BitMEX: "} + error.what()};
    }
  }

  bool parse_frame(std::string_view text, Event& event) {
    if (text.find(R"("orderBookL2","action")") == std::string_view::npos) return false;
    const Json json = Json::parse(text);
    const auto action = parse_action(json.at("action"));
    if (!action) throw DataError{lines_.place(), "action " + json.at("action").dump()};
    const Json& data = json.at("data");
    if (*action == BookAction::partial && channels_.empty()) discover(json, event.time);
    if (channels_.empty() || symbol_of(json) != channels_.front().symbol) return false;
    BookFrame frame{0, *action, event.time, {}, std::string{text}};
    if (!data.empty()) frame.time = time_or(data.front(), "timestamp", event.time);
    for (const Json& row : data) frame.rows.push_back(parse_row(row, frame.time));
    event.frames.push_back(std::move(frame));
    return true;
  }

  static std::string symbol_of(const Json& json) {
    const Json& data = json.at("data");
    return data.empty() ? json.at("filter").at("symbol") : data.front().at("symbol");
  }

  void discover(const Json& partial, Timestamp received) {
    const std::string symbol = partial.at("filter").at("symbol");
    channels_.push_back({symbol, partial.at("filter").value("pool", "")});
    instruments_.push_back({symbol, Price::from_units(Price::units_per_one / 2, 1), 100});
    start_ = received;
  }

  store::LineReader lines_;
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
