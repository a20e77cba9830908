#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/book_reader.hpp"

namespace obkit::store {

/// Thrown at the end of a compressed stream that was cut: all that was whole of it was given
/// before. A LineReader takes it for the end, and says so.
class EarlyEnd : public DataError {
 public:
  explicit EarlyEnd(const std::string& name)
      : DataError{{.name = name}, "the compressed stream ends early"} {}
};

/// Opens a file or "-" and decompresses what starts like zstd or gzip. Throws IoError, and
/// DataError for a damaged stream; reading throws EarlyEnd, too. A file that is large is
/// decompressed on a thread of its own.
[[nodiscard]] std::unique_ptr<ByteSource> open_input(const std::string& path);

/// The same; of a zip or tar archive, itself compressed or not, the only file in it. Another file
/// beside that one is refused (DataError): in zip at once, in tar behind the first. Not from a
/// pipe.
[[nodiscard]] std::unique_ptr<ByteSource> open_archive_input(const std::string& path);

/// Whether a thread may decompress ahead of the reader. Not where a read may wait for long, as of a
/// live pipe: who destroys the source would wait for it. The source that is given is read there.
enum class Ahead { no, yes };

/// Ahead::yes for a file, no for a pipe or "-".
[[nodiscard]] Ahead ahead_for(const std::string& path);

/// The same from a source that is open already; `name` is for messages.
[[nodiscard]] std::unique_ptr<ByteSource> decompressed(std::unique_ptr<ByteSource> source,
                                                       std::string name, Ahead ahead = Ahead::no);

enum class FileKind { day_file, dataset, archive, trade_file };

/// Whether archives of an exchange's trades are wanted.
enum class TradeTables { refuse, read };

/// When a frame was received whose line in an archive does not say so: for who can decode it.
using FrameTime = std::function<std::optional<Timestamp>(std::string_view frame)>;

/// Files stay as they are given; a folder becomes its files of that kind: day-files
/// (`SYMBOL_YYYYMMDD.txt[.zst]`), files of trades (`SYMBOL_YYYYMMDD.trades.txt[.zst]`) and datasets
/// (`NAME.ds[.zst]`) by date, then by name; archives by
/// the time of their first frame or row, then by name, behind them obkit's captures, symbol by
/// symbol, since a day's capture goes on in the next day's of its symbol.
///
/// Of archives, the folders in it count, too. LOBSTER's order books are left out where the messages
/// are there that belong to them: either name means both.
///
/// A file that ends in .capture, .csv, .tsv, .gz, .zst, .zip or .tar must be an archive
/// (DataError), or empty; any other is left out when it is none, as are day-files, files of trades,
/// datasets and manifests. Throws IoError when a path does not exist, and for a folder without such
/// a file; UsageError for a file that is there plain and compressed. `frame_time`: for archives
/// whose lines have none.
[[nodiscard]] std::vector<std::string> expand_inputs(std::span<const std::string> paths,
                                                     FileKind kind,
                                                     const FrameTime& frame_time = {},
                                                     TradeTables trades = TradeTables::refuse);

/// The symbol of `…/SYMBOL_YYYYMMDD.txt[.zst]`; empty for any other name.
[[nodiscard]] std::string symbol_of_day_file(const std::string& path);
/// That of `…/SYMBOL_YYYYMMDD.trades.txt[.zst]`.
[[nodiscard]] std::string symbol_of_trade_file(const std::string& path);
/// That of `…/SYMBOL_YYYYMMDD.ds[.zst]` or `.npz`.
[[nodiscard]] std::string symbol_of_dataset(const std::string& path);

/// What to tell of files that are not given in the order of their days, by their names, symbol by
/// symbol; empty where they are.
[[nodiscard]] std::optional<std::string> days_out_of_order(std::span<const std::string> files,
                                                           FileKind kind);

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
    std::unique_ptr<BookReader> reader =
        nullptr;  ///< of its books, in place of the source, or null
  };

  InputSequence() = default;
  InputSequence(const InputSequence&) = delete;
  InputSequence& operator=(const InputSequence&) = delete;
  virtual ~InputSequence() = default;

  /// The next one; empty at the end. Pre: the one before was read to its end, but of files that are
  /// all known. Throws IoError.
  [[nodiscard]] virtual std::optional<Input> next() = 0;
};

}  // namespace obkit::store
