#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/error.hpp"
#include "obkit/store/line_reader.hpp"
#include "obkit/store/manifest.hpp"
#include "obkit/store/verify.hpp"
#include "obkit/store/writer_pool.hpp"

namespace obkit::store {

class EarlierDayFiles;

/// What was met while a day-file was counted.
struct DayScan {
  ReadReport report;
  std::uint64_t other_dates = 0;            ///< books of another day than the file's
  std::vector<std::string> doubtful_times;  ///< what no market's times do, a line each
  std::optional<std::string> damage;        ///< why the rest of it could not be read
};

/// Adds the books of `source` (decompressed) to `counted`: depth (where it is 0), books, first,
/// last, gaps. `date` is the one that the file's name bears. `observer` hears of each book. Throws
/// IoError.
[[nodiscard]] DayScan scan_day(std::unique_ptr<ByteSource> source, const std::string& name,
                               int date, Manifest& counted, const BookObserver& observer = {});

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
/// would have marked its first book with a gap. `earlier` knows the folder, or looks through it.
[[nodiscard]] bool began_before(const std::string& day_file, const Manifest& manifest,
                                EarlierDayFiles& earlier);

/// Says in its manifest that a day-file is complete, and hashes it where that was not done while it
/// was written. Throws IoError, also where it is not there.
void finish_manifest(const std::string& day_file, Manifest manifest);

/// The time of the last book of a day-file, as its manifest has it; empty without one.
[[nodiscard]] std::optional<DateTime> last_book_of(const std::string& day_file);

/// What a writer leaves to another thread, since a disk and hashing take their time: bringing a
/// file and its manifest to the disk, finishing a day. One after the other; the destructor waits.
class DiskWork {
 public:
  /// By the threads of `pool`, which must outlive it, or by one of its own.
  explicit DiskWork(WriterPool* pool = nullptr) : pool_{pool} {}
  DiskWork(const DiskWork&) = delete;
  DiskWork& operator=(const DiskWork&) = delete;
  ~DiskWork() { wait(); }

  [[nodiscard]] bool is_busy() const;
  void wait() const;
  enum class Entry { known, is_new };
  /// Brings the file to the disk, with its entry in the folder where that is new, and then its
  /// manifest, where one is given.
  void sync(std::string path, std::optional<Manifest> manifest, Entry entry = Entry::known);
  /// The same; `describe` does what is to be done with a manifest, and may be empty.
  void sync(std::string path, std::function<void()> describe, Entry entry = Entry::known);
  /// finish_manifest(), behind a sync() of the file.
  void finish(std::string day_file, Manifest manifest);
  /// The same; `describe` does it.
  void finish(std::string file, std::function<void()> describe);

  /// Throws the IoError of a file that did not reach the disk, once.
  void check_file();
  /// Throws the ManifestError of a day that could not be finished, once; that of a sync() until a
  /// later one does better.
  void check_manifests();
  /// Whether the manifest of the latest sync() did not reach the disk.
  [[nodiscard]] bool lacks_manifest() const;

 private:
  /// What went wrong.
  struct Outcome {
    std::mutex mutex;
    std::optional<IoError> file, manifest, finish;

    /// Sets `failure` where `work` throws; whether it did not.
    template <class Work>
    bool attempt(std::optional<IoError>& failure, Work work);
    void manifest_is_well();
  };

  void start(std::function<void()> work);

  WriterPool* pool_;
  std::shared_ptr<Outcome> outcome_ = std::make_shared<Outcome>();
  std::shared_future<void> running_;
};

}  // namespace obkit::store
