#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/feed/instrument.hpp"

#include "obsave/options.hpp"

namespace obkit::obsave {

/// Why there is no list of instruments.
class ListFailure : public NetworkError {
 public:
  enum class Cause { final, passing };

  ListFailure(const std::string& text, Cause cause, std::optional<std::chrono::seconds> retry_after)
      : NetworkError{text}, cause_{cause}, retry_after_{retry_after} {}

  /// Whether trying again may help, though nobody mends anything.
  [[nodiscard]] bool passes() const { return cause_ == Cause::passing; }
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  Cause cause_;
  std::optional<std::chrono::seconds> retry_after_;
};

/// All instruments of the venue, by symbol. Throws ListFailure, UsageError.
[[nodiscard]] std::vector<feed::Instrument> fetch_instruments(const Options& options);

/// Those whose symbol a pattern (glob(7)) or a whole symbol matches. Throws UsageError, which names
/// symbols that are near, where there are none. `what` begins the message: "--list".
[[nodiscard]] std::vector<feed::Instrument> matching(
    const std::vector<feed::Instrument>& instruments, const std::string& pattern,
    std::string_view what);

/// Prints those that Options::pattern matches, or all: a table, or one JSON object.
void list_instruments(const Options& options, ByteSink& out);

/// Puts symbols in the place of the patterns among Options::symbols, and what is known of all of
/// them into Options::instruments. Asks the venue until it answers or Options::duration_seconds
/// have passed. Throws as fetch_instruments().
void resolve_patterns(Options& options);

}  // namespace obkit::obsave
