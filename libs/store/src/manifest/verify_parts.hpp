#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"

/// What verifying a day-file and verifying its trades have in common.
namespace obkit::store {

[[nodiscard]] bool exists(const std::string& path);

/// "the manifest says 3 books, found 2".
[[nodiscard]] std::string count_problem(std::string_view what, std::uint64_t said,
                                        std::uint64_t found);

/// What a manifest says of a file, and what that turned out to be.
struct ComparedFile {
  const FileRecord& said;
  const FileRecord& found;
  std::string_view lines;     ///< what its lines are: "book"
  const std::string& sha256;  ///< as found; empty where not all of it could be read
  bool is_closed = false;
};

/// Adds what is wrong with bytes and hash; whether the manifest is of the file as it is, so that
/// its figures can be compared.
[[nodiscard]] bool compare_bytes(const ComparedFile& file, DayReport& report);
/// Adds what is wrong with times and gaps. A gap at the end, which no line bears, is a note.
void compare_figures(const ComparedFile& file, DayReport& report);

/// Bytes behind the last whole zstd frame, which a reader of lines may not even see.
[[nodiscard]] std::uint64_t torn_bytes(const std::string& path);
/// A recorder that is killed, or runs, leaves a torn end; what describes the file is open then.
void tell_of_end(std::uint64_t torn_bytes, const std::optional<std::string>& torn, bool is_open,
                 DayReport& report);

/// The manifest beside the file; empty where there is none or it cannot be read.
[[nodiscard]] std::optional<Manifest> manifest_of(DayReport& report);
/// A day that stands both plain and compressed: no reader knows which one is meant.
void check_twin(DayReport& report);

/// As verify_day(), of a file of trades.
[[nodiscard]] DayReport verify_trades(const std::string& path);

}  // namespace obkit::store
