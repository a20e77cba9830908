#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/time.hpp"

namespace obkit::store {

/// Opens a file or "-" and decompresses what starts like zstd or gzip. A compressed stream that
/// ends too early ends there (a crash cut it): the reader of lines finds a torn line. Throws
/// IoError, and DataError for a damaged stream. A file that is large is decompressed on a thread of
/// its own.
[[nodiscard]] std::unique_ptr<ByteSource> open_input(const std::string& path);

/// Whether a thread may decompress ahead of the reader. Not where a read may wait for long, as of a
/// live pipe: who destroys the source would wait for it. The source that is given is read there.
enum class Ahead { no, yes };

/// Ahead::yes for a file, no for a pipe or "-".
[[nodiscard]] Ahead ahead_for(const std::string& path);

/// The same from a source that is open already; `name` is for messages.
[[nodiscard]] std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> source,
                                                       std::string name, Ahead ahead = Ahead::no);

enum class FileKind { day_file, dataset, archive };

/// Files stay as they are given; a folder becomes its files of that kind: day-files
/// (`SYMBOL_YYYYMMDD.txt[.zst]`) and datasets (`NAME.ds[.zst]`) by date, then by name; archives by
/// the time of their first frame or row, then by name, behind them obkit's captures, symbol by
/// symbol, since a day's capture goes on in the next day's of its symbol.
///
/// A file that ends in .capture, .csv, .tsv, .gz or .zst must be an archive (DataError), or empty;
/// any other is left out when it is none, as are day-files, datasets and manifests. Throws IoError
/// when a path does not exist, and for a folder without such a file; UsageError for a file that is
/// there plain and compressed.
[[nodiscard]] std::vector<std::string> expand_inputs(std::span<const std::string> paths,
                                                     FileKind kind);

/// The symbol of `…/SYMBOL_YYYYMMDD.txt[.zst]`; empty for any other name.
[[nodiscard]] std::string symbol_of_day_file(const std::string& path);
/// That of `…/SYMBOL_YYYYMMDD.ds[.zst]` or `.npz`.
[[nodiscard]] std::string symbol_of_dataset(const std::string& path);

/// SHA-256 of a whole file: 64 hexadecimal digits, in lower case. Throws IoError.
[[nodiscard]] std::string sha256_of_file(const std::string& path);

/// A file that begins this much later than another one ended, or more, does not continue it.
inline constexpr std::chrono::seconds usual_join{60};

/// Whether a file that begins at `begin` can continue one that ended at `end`.
[[nodiscard]] inline bool follows_closely(Timestamp begin, Timestamp end,
                                          std::chrono::seconds longest = usual_join) {
  return begin >= end && begin - end < longest;
}

/// Inputs that are opened one after the other.
class InputSequence {
 public:
  struct Input {
    std::string path;
    std::unique_ptr<ByteSource> source;  ///< as it is on the disk, compressed or not
    /// It is the input before, read anew because it was cut or replaced: what is not later than the
    /// last book was there already.
    bool again = false;
    Ahead ahead = Ahead::no;
  };

  InputSequence() = default;
  InputSequence(const InputSequence&) = delete;
  InputSequence& operator=(const InputSequence&) = delete;
  virtual ~InputSequence() = default;

  /// The next one; empty at the end. Pre: the one before was read to its end. Throws IoError.
  [[nodiscard]] virtual std::optional<Input> next() = 0;
};

}  // namespace obkit::store
