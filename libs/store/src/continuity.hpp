#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "archive_file.hpp"

namespace obkit::store {

/// How the updates of each symbol follow those before, over all files of an archive.
class Continuity {
 public:
  void begin_file() { ++file_; }
  /// Continuity is lost: nothing follows what came before.
  void forget() { symbols_.clear(); }

  /// Whether the updates are changes to a book that stands, yet the files miss what lies between.
  /// Such changes must not be applied.
  [[nodiscard]] bool is_broken_before(const FileEvent& event) const;

  /// Sets `kind` and `continues` of the event's images. Pre: it has updates.
  /// A symbol of another exchange than before is refused: DataError.
  void settle(const FileEvent& event, const ArchiveFile& file);

 private:
  /// A symbol whose book stands: it had an image.
  struct Symbol {
    std::string exchange = {};
    std::size_t file = 0;     ///< that its last message came from, from 1
    Timestamp received = {};  ///< of its last message
    unsigned sides = 0;       ///< that its image has brought so far, a bit each
  };

  /// An image that brings the one side that the image before it lacks completes that one.
  static void settle_image(BookUpdate& image, Symbol& symbol, bool continues);

  std::size_t file_ = 0;
  std::unordered_map<std::string, Symbol> symbols_;
};

}  // namespace obkit::store
