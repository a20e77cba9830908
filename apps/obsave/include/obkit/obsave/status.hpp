#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "obkit/obsave/output.hpp"
#include "obkit/obsave/recorder.hpp"

namespace obkit::obsave {

/// How a recording stands at one moment.
struct Status {
  Tally tally;
  OutputReport output;
  bool is_connected = false;
  std::uint64_t connections = 0;
  std::map<std::string, std::uint64_t> losses;  ///< of connections, by kind
  std::string trouble;  ///< why nothing can be written; empty when all is well
  std::optional<double> seconds_since_frame = {}, seconds_since_book = {};
  std::optional<double> lag_seconds = {};  ///< from the exchange's event time to the receipt of it
  std::size_t unread_bytes = 0;            ///< received by the kernel, not yet by us
  std::optional<std::uint64_t> disk_free_bytes = {};
};

/// Why a recording is not as it should be: no connection, no frame for `stale_seconds`, no book
/// yet, nothing can be written. Empty when all is well.
[[nodiscard]] std::string problem_of(const Status& status, double stale_seconds);

/// A line for people: "12345 books of 20000 frames, 2 gaps, ...".
[[nodiscard]] std::string status_text(const Status& status);

}  // namespace obkit::obsave
