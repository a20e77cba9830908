#include "obsave/replay.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "obkit/cli/tool.hpp"
#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/json_line.hpp"

#include "obsave/watch/status.hpp"

namespace obkit::obsave {
namespace {

using store::ArchiveEvent;

/// When a replay ends by its own clock.
class Deadline {
 public:
  explicit Deadline(std::optional<double> seconds) : seconds_{seconds} {}

  bool is_over(Timestamp now) {
    if (!seconds_) return false;
    if (!started_) {
      started_ = true;
      end_ = now +
             std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>{*seconds_});
    }
    return now >= end_;
  }

 private:
  std::optional<double> seconds_;
  bool started_ = false;
  Timestamp end_;
};

/// The exchange's time of the first update that has one.
std::optional<Timestamp> first_time(const feed::Frame& frame) {
  for (const BookUpdate& update : frame.updates)
    if (update.time) return update.time;
  for (const TradeUpdate& update : frame.trades)
    if (!update.trades.empty()) return update.trades.front().time;
  return std::nullopt;
}

feed::Subscription subscription(const Options& options) { return {.with_trades = options.trades}; }

/// That of a frame from somewhere in a file.
std::optional<Timestamp> time_in_file(const Options& options, std::string_view frame) {
  const feed::Venue* venue = options.venue_was_given ? options.venue : feed::venue_of_frame(frame);
  if (venue == nullptr) return std::nullopt;
  return first_time(venue->make_protocol(subscription(options))->decode(frame));
}

/// Takes events to a recorder; frames by the protocol of their venue, which the first frame that
/// looks like one's tells.
class Replay {
 public:
  Replay(const Options& options, Recorder& recorder, const OnVenue& on_venue)
      : options_{options}, recorder_{recorder}, on_venue_{on_venue} {}

  /// The events to come are of this input.
  void begin_input(const std::string& input) {
    end_input();
    input_ = display_name(input);
  }

  /// When a frame was received that does not say it: at its own time. It is what is taken next.
  std::optional<Timestamp> time_of(std::string_view frame) {
    decoded_ = &decode(frame);
    return first_time(*decoded_);
  }

  /// Takes what the reader gave. Returns what books it cost. Throws DataError for a book of which
  /// no time is known at all.
  const std::vector<Recorder::Loss>& take(const ArchiveEvent& event,
                                          const store::ArchiveReader& reader) {
    lost_.clear();
    if (event.received) heard_ = event.received;
    if (event.kind == ArchiveEvent::Kind::frame) return take_frame(event, reader);
    if (event.kind == ArchiveEvent::Kind::disconnect) begin_connection(event.text);
    if (event.kind == ArchiveEvent::Kind::trades) take_trades(event);
    note_others(event.updates);
    note_exchange(event);
    for (const BookUpdate& update : event.updates)
      for (const auto& loss : recorder_.on_update(update, *event.received)) lost_.push_back(loss);
    return lost_;
  }

  /// Its last event was taken: an input of frames without a book is told at the end.
  void end_input() {
    if (std::exchange(input_frames_, 0) > 0 && !std::exchange(input_has_book_, false))
      silent_.push_back(input_);
  }

  /// At the end: says of which inputs and symbols no book was written. Throws DataError when there
  /// is no book at all: what was found, what was looked for, what to do.
  void check(const store::ArchiveReader& reader) const;

 private:
  static constexpr std::size_t most_others = 4;

  /// As a live one does. What was decoded already to know its time belongs to it.
  void begin_connection(std::string_view reason) {
    if (protocol_) static_cast<void>(protocol_->open());
    decoded_ = nullptr;
    if (reason.empty())
      recorder_.on_disconnect("disconnect", {}, heard_);
    else
      recorder_.on_disconnect(reason);  // another file begins, maybe of other symbols
  }

  /// Of the first time that a frame bears, and of the times of receipt until then: seconds, read as
  /// milliseconds, are of 1970. Throws DataError.
  void check_unit(const feed::Frame& frame, const std::optional<Timestamp>& received,
                  const store::ArchiveReader& reader) {
    using namespace std::chrono;
    constexpr Timestamp earliest = sys_days{year{2000} / January / 1};
    for (const BookUpdate& update : frame.updates) {
      const auto& time = update.time ? update.time : received;
      if (time && *time < earliest)
        throw obkit::DataError{
            reader.place(),
            std::string{"expected "} + (update.time ? "event times" : "times of receipt") +
                " from 2000 on, found " + format_iso(*time) + ": are they of another unit?"};
      knows_unit_ = knows_unit_ || update.time;
    }
  }
  const feed::Frame& decode(std::string_view frame) {
    look_at(frame);
    return feed::decode_captured(protocol_for(frame), frame);
  }
  const std::vector<Recorder::Loss>& take_frame(const ArchiveEvent& event,
                                                const store::ArchiveReader& reader) {
    const feed::Frame* const decoded = std::exchange(decoded_, nullptr);
    const feed::Frame& frame = decoded != nullptr ? *decoded : decode(event.text);
    if (!event.received && !(frame.updates.empty() && frame.trades.empty()))
      throw obkit::DataError{{.name = input_},
                             "expected the time of receipt in front of frames of " +
                                 std::string{venue_->name} + ", which tell none"};
    if (!knows_unit_) check_unit(frame, event.received, reader);
    if (first_trouble_.empty() && frame.kind == feed::Frame::Kind::malformed)
      first_trouble_ = frame.text;
    note_others(frame.updates);
    ++input_frames_;
    input_has_book_ |= !frame.updates.empty() || (options_.trades && !frame.trades.empty());
    return recorder_.on_frame(frame, event.text.size(), event.received.value_or(Timestamp{}));
  }
  void take_trades(const ArchiveEvent& event) {
    const std::string& symbol = event.trades.front().symbol;
    if (!event.text.empty() && recorder_.trades() != nullptr)
      recorder_.trades()->on_loss(event.text, {&symbol, 1});
    recorder_.on_trades(event.trades, *event.received);
  }
  /// What the first frames look like.
  void look_at(std::string_view frame) {
    constexpr int looked_at = 100;
    if (looks_like_ != nullptr || ++frames_ > looked_at) return;
    if (frames_ == 1) first_frame_ = store::shown(frame);
    looks_like_ = feed::venue_of_frame(frame);
  }
  /// Symbols that nobody asked for, as far as a message names them.
  void note_others(std::span<const BookUpdate> updates) {
    if (options_.symbols.empty() || others_.size() == most_others) return;
    for (const BookUpdate& update : updates)
      if (others_.size() < most_others && !wanted_.takes(update.symbol))
        others_.insert(update.symbol);
  }
  /// Of a table, whose rows tell it, with the names of Tardis.
  void note_exchange(const ArchiveEvent& event) {
    if (event.exchange.empty() || !on_venue_ || options_.venue_was_given) return;
    const BookUpdate& first = event.updates.front();
    if (!wanted_.takes(first.symbol) || !exchanges_known_.insert(first.symbol).second) return;
    const feed::Venue* venue = feed::find_venue(event.exchange, first.symbol);
    on_venue_(first.symbol, venue != nullptr ? venue->name : event.exchange);
  }
  [[nodiscard]] std::string why_no_book() const;
  [[nodiscard]] std::string why_no_symbol() const;

  feed::Protocol& protocol_for(std::string_view frame) {
    if (protocol_) return *protocol_;
    const feed::Venue* venue =
        options_.venue_was_given ? options_.venue : feed::venue_of_frame(frame);
    if (venue != nullptr) {
      venue_ = venue;
      if (on_venue_ && !options_.venue_was_given) on_venue_({}, venue->name);
      return *(protocol_ = venue->make_protocol(subscription(options_)));
    }
    if (!undecided_) undecided_ = options_.venue->make_protocol(subscription(options_));
    return *undecided_;
  }

  const Options& options_;
  SymbolChoice wanted_{options_.symbols};
  Recorder& recorder_;
  const OnVenue& on_venue_;
  std::unordered_set<std::string> exchanges_known_;  ///< symbols of tables
  std::unique_ptr<feed::Protocol> protocol_, undecided_;
  std::optional<Timestamp> heard_;        ///< when something was received last
  const feed::Frame* decoded_ = nullptr;  ///< the next event, where time_of() was asked for it
  std::vector<Recorder::Loss> lost_;
  const feed::Venue* venue_ = nullptr;       ///< whose protocol it is
  const feed::Venue* looks_like_ = nullptr;  ///< of the first frame that looks like one's
  int frames_ = 0;                           ///< looked at
  bool knows_unit_ = false;                  ///< of event times
  std::string first_trouble_;                ///< of a frame that is not understood
  std::string first_frame_;
  std::string input_;  ///< whose events come
  std::uint64_t input_frames_ = 0;
  bool input_has_book_ = false;
  std::vector<std::string> silent_;  ///< inputs of frames without a book
  std::set<std::string> others_;     ///< symbols that nobody asked for, a few
};

void Replay::check(const store::ArchiveReader& reader) const {
  const std::vector<std::string>& inputs = options_.replay;
  const bool has_trades = recorder_.trades() != nullptr && recorder_.trades()->tally().trades > 0;
  if (recorder_.tally().books == 0 && !has_trades) {
    std::string name = display_name(inputs.front());
    if (inputs.size() > 1) name += " and " + counted(inputs.size() - 1, "further input");
    throw obkit::DataError{{.name = std::move(name)}, why_no_book()};
  }
  for (const std::string& empty : reader.empty()) spdlog::warn("{}", empty);
  constexpr std::size_t told = 3;
  for (const std::string& input : std::span{silent_}.first(std::min(told, silent_.size())))
    spdlog::warn("{}: no frame of it holds a book of {}", input,
                 venue_ != nullptr ? venue_->name : "a venue that is known");
  if (silent_.size() > told)
    spdlog::warn("nor do those of {}", counted(silent_.size() - told, "further input"));
  if (recorder_.tally().books > 0) tell_bookless(recorder_.bookless());
}

std::string Replay::why_no_book() const {
  if (recorder_.tally().frames == 0) return "no book: no frame and no row is in it";
  if (others_.empty() && !recorder_.has_heard()) return why_no_symbol();
  std::string text = text_of(recorder_.bookless());
  if (others_.empty()) return text;
  std::string names;
  for (const std::string& other : others_) names += (names.empty() ? "" : ", ") + other;
  return text + "; the input has " + names + (others_.size() == most_others ? ", …" : "");
}

std::string Replay::why_no_symbol() const {
  std::string text = "no book: " + counted(recorder_.tally().frames, "frame") + ", none ";
  if (venue_ != nullptr) {
    text += "with a book of " + std::string{venue_->name};
  } else {
    text += "of a venue that is known (";
    for (const feed::Venue& venue : feed::venues())
      text += (text.back() == '(' ? "" : ", ") + std::string{venue.name};
    text += ")";
  }
  if (looks_like_ != nullptr && looks_like_ != venue_)
    return text + "; they look like " + std::string{looks_like_->name} + ", which --venue " +
           std::string{looks_like_->name} + " reads";
  if (venue_ != nullptr && !first_trouble_.empty())
    text += "; the first trouble is " + first_trouble_;
  return text + "; the first is " + first_frame_;
}

/// A pipe that says nothing would keep somebody who was asked to end.
class ReadingStopped : public obkit::Error {
 public:
  ReadingStopped() : Error{"reading was stopped"} {}
};

/// Throws ReadingStopped where it would wait for its writer though `stop` is set.
class StoppableSource final : public ByteSource {
 public:
  StoppableSource(std::unique_ptr<ByteSource> source, const std::atomic<bool>& stop)
      : source_{std::move(source)}, stop_{stop} {}

  std::size_t read(std::span<char> block) override {
    constexpr std::chrono::milliseconds look{100};
    while (source_->would_wait(look))
      if (stop_) throw ReadingStopped{};
    return source_->read(block);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  const std::atomic<bool>& stop_;
};

std::unique_ptr<ByteSource> open_stoppable(const std::string& path, const std::atomic<bool>& stop) {
  if (store::ahead_for(path) == store::Ahead::yes) return store::open_archive_input(path);
  return store::decompressed(std::make_unique<StoppableSource>(open_source(path), stop),
                             display_name(path));
}

/// The next event; empty also where a source was stopped.
std::optional<ArchiveEvent> next_of(store::ArchiveReader& reader) {
  try {
    return reader.next();
  } catch (const ReadingStopped&) {
    return std::nullopt;
  }
}

}  // namespace

void replay(const Options& options, Recorder& recorder, const std::atomic<bool>& stop,
            const OnVenue& on_venue) {
  Deadline deadline{options.duration_seconds};
  Replay replay{options, recorder, on_venue};
  const auto trades = options.trades ? store::TradeTables::read : store::TradeTables::refuse;
  const auto inputs = store::expand_inputs(
      options.replay, store::FileKind::archive,
      [&](std::string_view frame) { return time_in_file(options, frame); }, trades);
  store::ArchiveReader reader{
      inputs, [&](const std::string& path) { return open_stoppable(path, stop); },
      [&](std::string_view frame) { return replay.time_of(frame); }, trades};
  std::size_t begun = 0;
  LogLimit lines{"lost books"};
  while (const auto event = next_of(reader)) {
    if (std::exchange(begun, reader.inputs_begun()) != reader.inputs_begun())
      replay.begin_input(inputs[begun - 1]);
    if (stop || recorder.is_done()) break;
    if (event->received && deadline.is_over(*event->received)) break;
    for (const Recorder::Loss& loss : replay.take(*event, reader))
      if (lines.admits(LogLimit::Clock::now()))
        spdlog::warn("{}: the book of {} is lost: {}; waiting for the next image",
                     to_string(reader.place()), loss.symbol, loss.reason);
  }
  if (!recorder.is_done()) replay.end_input();
  recorder.finish();
  for (const std::string& torn : reader.torn()) spdlog::warn("{}", torn);
  if (!stop) replay.check(reader);
}

}  // namespace obkit::obsave
