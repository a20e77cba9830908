#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "obkit/core/byte_stream.hpp"
#include "obkit/core/time.hpp"
#include "obkit/store/line_reader.hpp"

namespace obkit::store {

/// A line of a capture: a frame, or the end of a connection.
struct CaptureLine {
  std::string_view frame;  ///< exactly as it was received; empty for a disconnect
  /// Not set for a disconnect, nor for a line that is a frame and nothing else.
  std::optional<Timestamp> received;

  [[nodiscard]] bool is_disconnect() const { return frame.empty(); }
};

/// What a line of a capture may look like, for messages.
inline constexpr std::string_view layouts_of_captures =
    "'2021-07-22T22:36:07.865Z FRAME', '1626993367.865<TAB>FRAME' or '1626993367.865: FRAME'";

/// Frames of a capture, in any of its layouts (docs/formats.md), told apart line by line.
class CaptureReader {
 public:
  /// `name` is for messages.
  CaptureReader(std::unique_ptr<ByteSource> source, std::string name);
  /// Goes on where `lines` stands.
  explicit CaptureReader(LineReader lines);

  /// The next line, valid until the next call; empty at the end. Throws DataError, IoError.
  [[nodiscard]] std::optional<CaptureLine> next();

  /// At the end: a message about a torn last line, which is not given out.
  [[nodiscard]] const std::optional<std::string>& torn() const { return torn_; }
  [[nodiscard]] InputPlace place() const { return lines_.place(); }

 private:
  [[nodiscard]] std::optional<CaptureLine> parse(std::string_view line);
  [[nodiscard]] std::optional<CaptureLine> parse_usual(std::string_view line);
  [[nodiscard]] bool is_ended(std::string_view frame) const;
  [[noreturn]] void refuse(std::string_view line) const;

  LineReader lines_;
  IsoReader iso_;
  std::size_t iso_length_ = 0;  ///< of the last time that was read by it
  bool had_frame_ = false;      ///< since the client last said that it connects
  std::optional<std::string> torn_;
};

}  // namespace obkit::store
