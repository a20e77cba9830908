#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"

namespace obkit::store {

/// Where the books of a recording come from. No part of it is a secret.
struct RecordingOrigin {
  std::string venue;          ///< "bitmex"
  std::string pool;           ///< "Primary"; empty where the venue has none
  std::string endpoint_host;  ///< the name of the server; empty for a replay
  std::string tool;           ///< "obsave 0.1.0"
};

/// A time in which books were lost.
struct ManifestGap {
  std::optional<DateTime> from;  ///< of the book before; empty where there is none
  DateTime to;                   ///< of the first book after
  std::string reason;

  bool operator==(const ManifestGap&) const = default;
};

/// What is known of a day-file without reading it (docs/formats.md).
struct Manifest {
  RecordingOrigin origin;
  std::string symbol;                   ///< as the venue writes it, with its `/`
  std::size_t depth = 0;                ///< prices in each book
  std::string file;                     ///< name of the day-file, without folder
  std::optional<DateTime> first, last;  ///< of the books; empty where there is none
  std::uint64_t books = 0;
  std::uint64_t frames = 0;           ///< that named the symbol
  std::uint64_t bytes = 0;            ///< of the file, as it is on the disk
  std::optional<std::string> sha256;  ///< of the file; empty until it is closed
  std::vector<ManifestGap> gaps;      ///< one for each book that bears `gap`
  bool continues = false;  ///< the day began in a recording that ran over midnight without a gap
  bool closed = false;     ///< what is said of the file is all that there is

  /// Counts a book; `gap_reason` where it bears `gap`, `before` the time of the one before it.
  void add(DateTime time, const std::optional<std::string>& gap_reason,
           const std::optional<DateTime>& before);
};

/// Share, 0 to 1, of the day that lies between first and last book, less the gaps; from midnight on
/// where the recording ran over it.
[[nodiscard]] double covered_share(const Manifest& manifest);

/// `…/SYMBOL_YYYYMMDD.manifest.json` of `…/SYMBOL_YYYYMMDD.txt[.zst]`.
[[nodiscard]] std::string manifest_path(const std::string& day_file);

/// The text of a manifest's file.
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// Takes the place of what was at `path`, at once. Throws IoError.
void write_manifest(const std::string& path, const Manifest& manifest);

/// Throws IoError, and DataError with file and key for what is no manifest of version 1.
[[nodiscard]] Manifest read_manifest(const std::string& path);

}  // namespace obkit::store
