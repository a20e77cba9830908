#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/error.hpp"
#include "obkit/exchange/protocol.hpp"
#include "obkit/exchange/source.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::exchange {

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

  [[nodiscard]] std::optional<Venue> venue() const override { return venue_; }

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
    if (venue_) return parse(*venue_, parts->frame, event);
    const auto all = venues();
    return std::any_of(all.begin(), all.end(),
                       [&](Venue one) { return parse(one, parts->frame, event); });
  }

  bool parse(Venue venue, std::string_view text, Event& event) {
    try {
      auto captured = protocol(venue).parse(text, event.time);
      if (!captured) return false;
      if (!venue_ && captured->frame.action == BookAction::partial)
        discover(venue, *captured, event.time);
      if (!venue_ || captured->symbol != channels_.front().symbol) return false;
      event.frames.push_back(std::move(captured->frame));
      return true;
    } catch (const std::exception& error) {
      throw DataError{lines_.place(),
                      "expected a frame of " + std::string{title_of(venue)} + ": " + error.what()};
    }
  }

  void discover(Venue venue, const CapturedFrame& partial, Timestamp received) {
    venue_ = venue;
    channels_.push_back({partial.symbol, partial.pool});
    instruments_.push_back({partial.symbol, Price::from_units(Price::units_per_one / 2, 1), 100});
    start_ = received;
  }

  store::LineReader lines_;
  std::optional<Venue> venue_;  ///< once it is known
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
