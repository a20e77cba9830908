#pragma once

#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "obkit/core/byte_stream.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/record_reader.hpp"

namespace obkit::store {

/// What was met while a day-file was counted.
struct DayScan {
  ReadReport report;
  std::uint64_t other_dates = 0;      ///< books of another day than the file's
  std::optional<std::string> damage;  ///< why the rest of it could not be read
};

/// Adds the books of `source` (decompressed) to `counted`: depth (where it is 0), books, first,
/// last, gaps. `date` is the one that the file's name bears. Throws IoError.
[[nodiscard]] DayScan scan_day(std::unique_ptr<ByteSource> source, const std::string& name,
                               int date, Manifest& counted);

/// A manifest that grows with its day-file.
struct ContinuedManifest {
  Manifest manifest;
  std::optional<std::string> note;  ///< why the file had to be read as a whole
};

/// The manifest of a day-file that may hold books already: the one beside it, with what the file
/// holds behind the manifest's bytes; where there is none that fits, made of the whole file.
/// `origin` and `symbol` are the present recording's. Throws IoError.
[[nodiscard]] ContinuedManifest continue_manifest(const std::string& day_file,
                                                  const RecordingOrigin& origin,
                                                  const std::string& symbol);

/// Whether a day that nobody kept a manifest of goes on where an earlier one ended: else the writer
/// would have marked its first book with a gap.
[[nodiscard]] bool began_before(const std::string& day_file, const Manifest& manifest);

/// Says in its manifest that a day-file is complete, and hashes it where that was not done while it
/// was written. Throws IoError, also where it is not there.
void finish_manifest(const std::string& day_file, Manifest manifest);

/// The time of the last book of a day-file, as its manifest has it; empty without one.
[[nodiscard]] std::optional<DateTime> last_book_of(const std::string& day_file);

/// Finishes manifests behind the back of a recording: hashing a day takes seconds. One at a time;
/// the destructor waits.
class ManifestFinisher {
 public:
  /// Waits for the one before.
  void start(std::string day_file, Manifest manifest);
  /// Throws the IoError of one that failed, once. Does not wait.
  void check();
  /// Waits, then as check().
  void join();

 private:
  void collect();

  std::future<void> running_;
  std::exception_ptr failure_;
};

}  // namespace obkit::store
