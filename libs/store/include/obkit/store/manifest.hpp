#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/time.hpp"

namespace obkit::store {

/// What the exchange's list says of an instrument. Exact decimals; empty where it is not known.
struct InstrumentTerms {
  std::string tick;           ///< least step of prices
  std::string unit;           ///< what contract_size counts: "BTC", "USD"
  std::string contract_size;  ///< how much a volume of 1 is

  bool operator==(const InstrumentTerms&) const = default;
};

/// Where the books of a recording come from. No part of it is a secret.
struct RecordingOrigin {
  std::string venue;          ///< "bitmex"
  std::string pool;           ///< "Primary"; empty where the venue has none
  std::string endpoint_host;  ///< the name of the server; empty for a replay
  std::string tool;           ///< "obsave 0.2.0 (8acb045)"
  InstrumentTerms instrument = {};
};

/// A time in which books were lost.
struct ManifestGap {
  std::optional<DateTime> from;  ///< of the book before; empty where there is none
  DateTime to;                   ///< of the first book after; else of what was heard last
  std::string reason;

  bool operator==(const ManifestGap&) const = default;
};

/// Updates whose number was held against that of the update before.
struct SequenceCount {
  std::uint64_t updates = 0;
  std::uint64_t breaks = 0;

  bool operator==(const SequenceCount&) const = default;
};

/// How often a book was held against something that its updates do not tell.
struct Verification {
  std::string by = {};  ///< "checksum"
  std::uint64_t checks = 0;
  std::uint64_t agreed = 0;
  std::optional<DateTime> last = {};  ///< time of the last check

  bool operator==(const Verification&) const = default;
};

/// What was received of a symbol.
struct FrameCounts {
  std::uint64_t frames = 0;
  SequenceCount sequence = {};
  Verification verified = {};

  void add(const FrameCounts& more);
};

inline constexpr std::size_t longest_gap_list = 1000;

/// What is known of a file of lines, of books or of trades, without reading it.
struct FileRecord {
  std::string file;                     ///< its name, without folder
  std::optional<DateTime> first, last;  ///< of the lines; empty where there is none
  std::uint64_t bytes = 0;              ///< of the file, as it is on the disk
  std::optional<std::string> sha256;    ///< of the file; empty until it is closed
  /// One for each line that bears `gap`; those beyond longest_gap_list are only summed up.
  std::vector<ManifestGap> gaps;
  std::uint64_t more_gaps = 0;
  std::chrono::milliseconds more_gaps_time{0};  ///< that they last together

  bool operator==(const FileRecord&) const = default;

  [[nodiscard]] std::uint64_t gap_count() const { return gaps.size() + more_gaps; }
  /// Counts a line; `gap_reason` where it bears `gap`, `before` the time of the one before it.
  void add(DateTime time, const std::optional<std::string>& gap_reason,
           const std::optional<DateTime>& before);
  /// Lines were lost behind the last one, until then: a gap, unless a line comes yet.
  void lose_end(DateTime until, std::string reason);
  /// Whether the last gap is such a one, which no line of the file bears.
  [[nodiscard]] bool ends_in_loss() const;
};

/// What is known of a file of an exchange's trades. It is closed where the hash is known.
struct TradeRecord : FileRecord {
  std::uint64_t trades = 0;
  std::uint64_t off_book = 0;   ///< of these, that never met the book's queue
  SequenceCount sequence = {};  ///< numbers of trades that were held against those before them

  bool operator==(const TradeRecord&) const = default;
  void add(DateTime time, const std::optional<std::string>& gap_reason,
           const std::optional<DateTime>& before, bool is_off_book);
};

/// What is known of a day-file without reading it (docs/formats.md).
struct Manifest : FileRecord {
  RecordingOrigin origin;
  std::string symbol;     ///< as the venue writes it, with its `/`
  std::size_t depth = 0;  ///< prices in each book
  std::uint64_t books = 0;
  FrameCounts received;    ///< of the symbol
  bool continues = false;  ///< the day began in a recording that ran over midnight without a gap
  bool closed = false;     ///< what is said of the file is all that there is
  std::optional<double> covered;      ///< as a manifest that was read says it
  std::optional<TradeRecord> trades;  ///< beside the books

  /// Counts a book, as FileRecord does.
  void add(DateTime time, const std::optional<std::string>& gap_reason,
           const std::optional<DateTime>& before);
};

/// Share, 0 to 1, of the day that lies between first and last book, less the gaps; from midnight on
/// where the recording ran over it.
[[nodiscard]] double covered_share(const Manifest& manifest);

/// `…/SYMBOL_YYYYMMDD.manifest.json` of `…/SYMBOL_YYYYMMDD.txt[.zst]`, or of the trades beside it.
[[nodiscard]] std::string manifest_path(const std::string& day_file);

/// The text of a manifest's file.
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// Takes the place of what was at `path`, at once. Throws IoError.
void write_manifest(const std::string& path, const Manifest& manifest);

/// Throws IoError, and DataError with file and key for what is no manifest of version 1.
[[nodiscard]] Manifest read_manifest(const std::string& path);

}  // namespace obkit::store
