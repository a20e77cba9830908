#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "obkit/core/time.hpp"
#include "obkit/store/writer_pool.hpp"

namespace obkit::store {

struct CaptureOptions {
  std::string folder;  ///< made where it is missing
  std::string symbol;  ///< or another name for what the frames are of
  /// Whom others are told who holds the lock (FolderLock); empty: no lock is taken.
  std::string lock_holder = {};
  /// Whose descriptors are shared; empty: the writer has its own.
  std::shared_ptr<WriterPool> pool = {};
};

/// What was found where a capture was opened.
struct OpenedCapture {
  std::string path;
  bool had_lines = false;       ///< they are kept; what follows is appended
  std::uint64_t cut_bytes = 0;  ///< of a torn last line or frame, which is gone now
};

/// Writes frames as they are received, to `SYMBOL_YYYYMMDD.capture.zst` (docs/formats.md): one file
/// a UTC day of the receive time, which never returns to an earlier day. In the midst of a
/// connection a day's first file is begun only less than a minute behind the frame before: readers
/// take the one for what follows the other. So a clock that is set tears nothing.
///
/// Any method that throws IoError leaves what was written before whole; the writer can be used on:
/// the next write() makes folder and file again where they are gone, and heals. Where frames were
/// lost a disconnect stands. One thread at a time.
class CaptureWriter {
 public:
  /// Takes the lock `FOLDER/.SYMBOL.capture.lock`, for as long as it lives; throws IoError where
  /// somebody else has it. `opened` is told of each file.
  explicit CaptureWriter(CaptureOptions options,
                         std::function<void(const OpenedCapture&)> opened = {});
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;
  ~CaptureWriter();

  /// A line end in the frame becomes a space (in JSON it can only be white space), an empty frame
  /// one space.
  void write(Timestamp received, std::string_view frame);
  /// The connection ended. Said twice it is written once.
  void disconnect();
  /// All frames are on the disk when it returns. Finds what check() finds.
  void sync();
  /// The same without waiting for the disk: what it says is thrown by a later call. While the disk
  /// is busy with the one before, the kernel has it all.
  void begin_sync();
  /// Finds a file that was removed, replaced or changed by another program: throws IoError.
  void check();
  /// sync(), then closes the file.
  void close();

  [[nodiscard]] std::uint64_t frames() const;  ///< written and not lost since
  [[nodiscard]] std::uint64_t lost() const;    ///< frames that an IoError took

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
