#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/feed/instrument.hpp"

#include "obsave/instrument_list.hpp"
#include "obsave/options.hpp"

namespace obkit::obsave {

/// All instruments of the venue, by symbol. Throws ListFailure, UsageError.
[[nodiscard]] std::vector<feed::Instrument> fetch_instruments(const Options& options);

/// Those whose symbol a pattern (glob(7)) or a whole symbol matches. Throws UsageError, which names
/// symbols that are near, where there are none. `what` begins the message: "--list".
[[nodiscard]] std::vector<feed::Instrument> matching(
    const std::vector<feed::Instrument>& instruments, const std::string& pattern,
    std::string_view what);

/// What is known of these symbols, by a list that is sorted by symbol. Says which of them are not
/// in it, with symbols that are near, and of which no book could be held exactly.
[[nodiscard]] std::vector<feed::Instrument> known_of(
    const std::vector<std::string>& symbols, const std::vector<feed::Instrument>& instruments);

/// Prints those that Options::pattern matches, or all: a table, or one JSON object.
void list_instruments(const Options& options, ByteSink& out);

/// Puts symbols in the place of the patterns among Options::symbols, and what is known of all of
/// them into Options::instruments. Asks the venue until it answers or Options::duration_seconds
/// have passed. Throws as fetch_instruments().
void resolve_patterns(Options& options);

}  // namespace obkit::obsave
