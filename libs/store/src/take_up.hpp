#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "obkit/store/manifest.hpp"

namespace obkit::store {

/// A manifest that grows with its day-file.
struct TakenUp {
  Manifest manifest;
  std::optional<std::string> note;  ///< why the file had to be read as a whole
};

/// The manifest of a day-file that may hold books already: the one beside it, with what the file
/// holds behind the manifest's bytes; where there is none that fits, made of the whole file.
/// `origin` and `symbol` are the present recording's. Throws IoError.
[[nodiscard]] TakenUp take_up(const std::string& day_file, const RecordingOrigin& origin,
                              const std::string& symbol);

/// Whether a day that nobody kept a manifest of goes on where an earlier one ended: else the writer
/// would have marked its first book with a gap.
[[nodiscard]] bool began_before(const std::string& day_file, const Manifest& manifest);

/// Says in its manifest that a day-file is complete, and hashes it where that was not done while it
/// was written. Throws IoError, also where it is not there.
void finish_manifest(const std::string& day_file, Manifest manifest);

/// The time of the last book of a day-file, as its manifest has it; empty without one.
[[nodiscard]] std::optional<DateTime> last_book_of(const std::string& day_file);

}  // namespace obkit::store
