#include "obkit/obsave/replay.hpp"

#include <chrono>
#include <optional>

#include <spdlog/spdlog.h>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/capture_reader.hpp"
#include "obkit/store/input.hpp"

namespace obkit::obsave {
namespace {

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

}  // namespace

void replay(const Settings& settings, Recorder& recorder, const std::atomic<bool>& stop) {
  Deadline deadline{settings.duration_seconds};
  for (const std::string& file : settings.replay) {
    store::CaptureReader reader{store::open_input(file), display_name(file)};
    while (const auto line = reader.next()) {
      if (stop || recorder.is_done()) return;
      if (line->is_disconnect()) {
        recorder.on_disconnect();
        continue;
      }
      if (deadline.is_over(line->received)) return;
      if (const auto heard = recorder.on_frame(line->frame, line->received); heard.loss)
        spdlog::warn("{}: {}; waiting for the next image", to_string(reader.place()), *heard.loss);
    }
    if (reader.torn()) spdlog::warn("{}", *reader.torn());
  }
}

}  // namespace obkit::obsave
