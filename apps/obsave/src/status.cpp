#include "obkit/obsave/status.hpp"

#include <fmt/format.h>

#include "obkit/core/number.hpp"

namespace obkit::obsave {

std::string problem_of(const Status& status, double stale_seconds) {
  if (!status.trouble.empty()) return "cannot write: " + status.trouble;
  if (!status.is_connected) return "not connected";
  if (status.tally.books == 0) return "no book yet";
  if (!status.seconds_since_frame || *status.seconds_since_frame > stale_seconds)
    return fmt::format("no frame for {:.0f} s", status.seconds_since_frame.value_or(0));
  return {};
}

std::string status_text(const Status& status) {
  std::string text = counted(status.tally.books, "book") + " of " +
                     counted(status.tally.frames, "frame") + ", " +
                     counted(status.tally.gaps, "gap");
  const std::uint64_t reconnects = status.connections > 0 ? status.connections - 1 : 0;
  if (reconnects > 0) text += ", " + counted(reconnects, "reconnect");
  if (status.tally.losses > 0) text += ", " + counted(status.tally.losses, "lost book");
  if (status.output.lost > 0) text += ", " + counted(status.output.lost, "book") + " not written";
  if (status.lag_seconds)
    text += fmt::format(", {:.0f} ms behind the exchange", *status.lag_seconds * 1000);
  if (status.seconds_since_frame && *status.seconds_since_frame >= 5)
    text += fmt::format(", nothing for {:.0f} s", *status.seconds_since_frame);
  if (!status.is_connected) text += ", not connected";
  return text;
}

}  // namespace obkit::obsave
