#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/level_update.hpp"
#include "obkit/core/time.hpp"
#include "obkit/core/trade.hpp"
#include "obkit/store/input.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// What an archive says next.
struct ArchiveEvent {
  enum class Kind {
    frame,       ///< `text`, exactly as it was received: for the decoder of its exchange
    updates,     ///< `updates`, of one message and one symbol, in order
    trades,      ///< `trades`, of one symbol; only where TradeTables::read was asked for
    disconnect,  ///< nothing that follows continues what came before
  };

  Kind kind = Kind::disconnect;
  /// Of a disconnect: why, for people; empty where the archive itself has it. Of trades: why some
  /// may be missing before them; empty: there is no reason.
  std::string_view text = {};
  std::span<const BookUpdate> updates = {};
  std::span<const TradeUpdate> trades = {};
  std::string_view exchange = {};  ///< of updates, as the table calls it; empty where it does not
  /// Not set for a disconnect, nor for frames without a time as long as none of their file is
  /// known.
  std::optional<Timestamp> received = {};
};

/// Archived order books of several inputs as one stream, in any layout of docs/formats.md; that of
/// each input is found from its first line. Flat memory, but for the largest message.
///
/// A book is never built over a hole between inputs. Frames of one input follow those of the input
/// before when they were received less than 60 s later; otherwise, and behind a torn line or
/// another layout, a disconnect stands between. In tables each symbol is followed for itself: an
/// image at the begin of an input `continues` when it was received less than 60 s after the
/// symbol's last message (daily files each begin with one), and so do the rows of a table of
/// snapshots, and the images of a symbol of which a table has nothing else. Changes that do not
/// begin with an image and come later have a disconnect before them.
class ArchiveReader {
 public:
  using Open = std::function<std::unique_ptr<ByteSource>(const std::string& input)>;

  /// `inputs`: files or "-", in time order (each symbol's), as expand_inputs gives them. `open` is
  /// called when one is reached. `frame_time` is asked for each frame whose line has no time, just
  /// before it is given out; where it knows none, the time of the frame before stands in.
  explicit ArchiveReader(std::vector<std::string> inputs, Open open = open_archive_input,
                         FrameTime frame_time = {}, TradeTables trades = TradeTables::refuse);
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  /// Valid until the next call; empty at the end. Throws DataError (with line and column of a
  /// malformed cell), IoError. Levels of tables have ids of their own, from price and side.
  [[nodiscard]] std::optional<ArchiveEvent> next();

  /// Of the event given last: its (last) line.
  [[nodiscard]] InputPlace place() const;
  /// How many inputs were begun; the event given last is of the last of them.
  [[nodiscard]] std::size_t inputs_begun() const;
  /// A message about each torn last line so far. It is not given out; in a table nor is the message
  /// that it may belong to.
  [[nodiscard]] const std::vector<std::string>& torn() const;
  /// A message about each input so far in which no frame and no row was.
  [[nodiscard]] const std::vector<std::string>& empty() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace obkit::store
