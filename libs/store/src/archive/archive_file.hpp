#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/level_update.hpp"
#include "obkit/core/trade.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// What one file of an archive says next; nothing at all is a disconnect.
struct FileEvent {
  std::string_view frame = {};
  /// Of one symbol. Kinds are as in the file: what follows what is settled by Continuity.
  std::span<BookUpdate> updates = {};
  std::string_view exchange = {};  ///< of the updates
  std::span<const TradeUpdate> trades = {};
  /// Not set for a disconnect, nor for a frame whose line does not tell.
  std::optional<Timestamp> received = {};

  [[nodiscard]] bool is_disconnect() const {
    return frame.empty() && updates.empty() && trades.empty();
  }
};

/// One file of an archive, in any layout.
class ArchiveFile {
 public:
  enum class Layout {
    frames,
    changes,    ///< images are rare, each after a loss
    snapshots,  ///< images only
    trades,     ///< no books
  };

  ArchiveFile() = default;
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;
  virtual ~ArchiveFile() = default;

  /// Valid until the next call; empty at the end. Throws DataError, IoError.
  [[nodiscard]] virtual std::optional<FileEvent> next() = 0;
  [[nodiscard]] virtual Layout layout() const = 0;
  /// At the end: a message about a torn last line, which is not given out.
  [[nodiscard]] virtual const std::optional<std::string>& torn() const = 0;
  /// The last line of the event given last.
  [[nodiscard]] virtual InputPlace place() const = 0;
};

/// What a file says of a level.
[[nodiscard]] inline LevelChange set_level(Side side, Price price, double amount) {
  return {.action = LevelChange::Action::set,
          .side = side,
          .id = level_id(side, price),
          .price = price,
          .size = amount};
}

using OpenSource = std::function<std::unique_ptr<ByteSource>(const std::string& input)>;

/// The layout is found from the first line, that of LOBSTER's files from the name. Throws
/// DataError, also for tables of trades that nobody wants, IoError.
[[nodiscard]] std::unique_ptr<ArchiveFile> open_archive_file(const std::string& input,
                                                             const OpenSource& open,
                                                             TradeTables trades);

}  // namespace obkit::store
