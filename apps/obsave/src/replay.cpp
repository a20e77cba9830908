#include "obkit/obsave/replay.hpp"

#include <chrono>
#include <memory>
#include <optional>

#include <spdlog/spdlog.h>

#include "obkit/core/error.hpp"
#include "obkit/feed/venue.hpp"
#include "obkit/store/archive_reader.hpp"
#include "obkit/store/input.hpp"

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

/// Takes events to a recorder; frames by the protocol of their venue, which the first frame that
/// looks like one's tells.
class Replay {
 public:
  Replay(const Settings& settings, Recorder& recorder) : settings_{settings}, recorder_{recorder} {}

  /// Returns what books it cost.
  const std::vector<Recorder::Loss>& take(const ArchiveEvent& event) {
    lost_.clear();
    if (event.kind == ArchiveEvent::Kind::frame) {
      const feed::Frame& frame = protocol_for(event.text).decode(event.text);
      return recorder_.on_frame(frame, event.text.size(), event.received);
    }
    if (event.kind == ArchiveEvent::Kind::disconnect)
      recorder_.on_disconnect(event.text.empty() ? "disconnect" : event.text);
    for (const BookUpdate& update : event.updates)
      for (const auto& loss : recorder_.on_update(update, event.received)) lost_.push_back(loss);
    return lost_;
  }

 private:
  feed::Protocol& protocol_for(std::string_view frame) {
    if (protocol_) return *protocol_;
    const feed::Venue* venue =
        settings_.venue_was_given ? settings_.venue : feed::venue_of_frame(frame);
    if (venue != nullptr) return *(protocol_ = venue->make_protocol({}));
    if (!undecided_) undecided_ = settings_.venue->make_protocol({});
    return *undecided_;
  }

  const Settings& settings_;
  Recorder& recorder_;
  std::unique_ptr<feed::Protocol> protocol_, undecided_;
  std::vector<Recorder::Loss> lost_;
};

}  // namespace

void replay(const Settings& settings, Recorder& recorder, const std::atomic<bool>& stop) {
  Deadline deadline{settings.duration_seconds};
  Replay replay{settings, recorder};
  store::ArchiveReader reader{store::expand_inputs(settings.replay, store::FileKind::archive)};
  while (const auto event = reader.next()) {
    if (stop || recorder.is_done()) break;
    if (event->kind != ArchiveEvent::Kind::disconnect && deadline.is_over(event->received)) break;
    for (const Recorder::Loss& loss : replay.take(*event))
      spdlog::warn("{}: the book of {} is lost: {}; waiting for the next image",
                   to_string(reader.place()), loss.symbol, loss.reason);
  }
  recorder.finish();
  for (const std::string& torn : reader.torn()) spdlog::warn("{}", torn);
}

}  // namespace obkit::obsave
