#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/error.hpp"
#include "obkit/core/tracked_book.hpp"
#include "obkit/store/book_format.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/writer_pool.hpp"

namespace obkit::store {

/// When lines go to the kernel.
enum class Flush {
  each_line,  ///< by one write() each
  blocks,     ///< when enough of them have gathered, and at the end of a file
};

/// What to do with a book that is older than the last one in its file.
enum class Overlap {
  clamp,   ///< it gets the last one's time: a clock was set back
  refuse,  ///< an error where a file is opened: the books are there already
};

/// Whether files are compressed with zstd.
enum class Compress { no, yes };

/// A symbol as names of files bear it: a `/` becomes `_`. Throws DataError for one that no file can
/// be named after: it is empty, begins with a dot or holds a control character.
[[nodiscard]] std::string name_of_symbol(const std::string& symbol);

struct DayFileOptions {
  std::string folder;  ///< made where it is missing
  std::string symbol;
  Flush flush = Flush::each_line;
  Overlap overlap = Overlap::clamp;
  Compress compress = Compress::no;
  const BookFormat* format = &book_formats().front();
  /// Whom others are told who holds the lock (FolderLock); empty: no lock is taken.
  std::string lock_holder = {};
  /// What manifests say of where books come from; empty: none are written.
  std::optional<RecordingOrigin> manifest = {};
  /// Whose descriptors are shared; empty: the writer has its own.
  std::shared_ptr<WriterPool> pool = {};
};

/// A manifest could not be replaced. No book is lost by that.
class ManifestError : public IoError {
 public:
  explicit ManifestError(const IoError& error) : IoError{error} {}
};

/// What was found where a file was opened.
struct OpenedDayFile {
  std::string path;
  bool had_books = false;               ///< they are kept; what follows is appended
  std::uint64_t cut_bytes = 0;          ///< of a torn last line or frame, which is gone now
  bool compressed = false;              ///< as the day stood already, whatever the options say
  std::vector<std::string> notes = {};  ///< what else its owner should know, a line each
};

/// Writes a symbol's books to its day-files, one a UTC day of the books' own time.
///
/// The first book gets a gap where there are books of that symbol before it, in the same file or in
/// that of an earlier day: the recorder was restarted. So does the first one after books were lost.
///
/// Any method that throws IoError leaves what was written before whole; the writer can be used on:
/// the next write() makes folder and file again where they are gone, and heals. One thread at a
/// time; hashes are made in another one.
class DayFileWriter {
 public:
  /// Takes the lock, for as long as it lives; throws IoError where somebody else has it, and what
  /// name_of_symbol() throws. `opened` is told of each file.
  explicit DayFileWriter(DayFileOptions options,
                         std::function<void(const OpenedDayFile&)> opened = {});
  DayFileWriter(DayFileWriter&&) noexcept;
  DayFileWriter& operator=(DayFileWriter&&) noexcept;
  ~DayFileWriter();

  /// What manifests of days to come say of the venue, if there are any.
  void set_venue(std::string venue);
  /// What the manifest of the day that is open, and of days to come, says of the instrument.
  void describe(InstrumentTerms terms);
  /// Fastest for a TrackedBook of which no revision is left out. `reason` tells the manifest why
  /// the book bears a gap, if it does.
  void write(BookView book, std::string_view reason = {});
  /// A book is left out, which counts as lost: the next one bears a gap.
  void skip(std::string_view reason);
  /// Books were lost behind the last one, until then or the end of its day: the manifest declares
  /// it, unless a book comes yet.
  void lose_end(DateTime until, std::string_view reason);
  /// What was received of the symbol: for the manifest.
  void add(const FrameCounts& received);
  /// All books, and the manifest, are on the disk when it returns; of a compressed file the frame
  /// is ended. Finds what check() finds. Throws ManifestError where only a manifest could not be
  /// replaced, be it that of a day that ended; that of this day is tried again by each sync().
  void sync();
  /// The same without waiting for the disk: what it says is thrown by a later call. While the disk
  /// is busy with the one before, the kernel has it all.
  void begin_sync();
  /// Finds a file that was removed, replaced or changed by another program: throws IoError.
  void check();
  /// sync(), closes the file, and waits until all manifests are finished; throws as sync().
  void close();

  [[nodiscard]] std::uint64_t books() const;  ///< written and not lost since
  [[nodiscard]] std::uint64_t lost() const;   ///< books that an IoError took
  [[nodiscard]] std::uint64_t gaps()
      const;  ///< books written that bear a gap, and a loss at the end
  [[nodiscard]] std::uint64_t clamped() const;  ///< books whose time would have gone back
  [[nodiscard]] std::uint64_t files() const;    ///< days written to

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
