#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "obkit/feed/protocol.hpp"
#include "obkit/net/session.hpp"

namespace obkit::obsave {

/// How long a live recording waits for what.
struct Patience {
  std::chrono::milliseconds image{15000};  ///< for an image that was asked for
  std::chrono::milliseconds quiet{
      60000};  ///< for a frame of a symbol, until its image is asked for
  std::chrono::milliseconds first_retry{1000}, longest_retry{60000};  ///< between such requests
  /// A book that stood so long makes the next pause a first one again.
  std::chrono::milliseconds steady{60000};
};

/// Sees to it that each symbol of a connection has a book: asks for images that are needed, and
/// gives a connection up that brings none. A book that is lost again and again must not become a
/// storm of requests: the first is asked for at once, further ones after pauses that grow. So are
/// those of a symbol that falls silent. An image that does not come in time is given more of it the
/// next time: where all lags, asking again and again would never bring one. Logs.
class ImageWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// `protocol` must outlive it.
  ImageWatch(feed::Protocol& protocol, Patience patience)
      : protocol_{protocol}, patience_{patience} {}

  /// A connection stands, and images of these symbols are asked for.
  void begin(std::span<const std::string> symbols, Clock::time_point now);
  void on_frame(const feed::Frame& frame, Clock::time_point now);
  /// A book is no longer the exchange's.
  void lose(const std::string& symbol, const std::string& reason, Clock::time_point now);
  /// Images of all are needed, whatever they do.
  void ask_for_all(Clock::time_point now);

  /// What to send now, or that the connection is to be given up.
  [[nodiscard]] net::Next due(Clock::time_point now);

 private:
  struct Watch {
    bool has_image = false;
    Clock::time_point asked;       ///< for the image
    Clock::time_point last_frame;  ///< of this symbol
    Clock::time_point sound_since;
    std::optional<Clock::time_point> ask_at;  ///< for the next image
    std::chrono::milliseconds pause{0};       ///< before the one after that
    std::chrono::milliseconds image{0};       ///< until it is overdue
    std::chrono::milliseconds quiet{0};       ///< until silence is one
  };

  [[nodiscard]] bool has_any_image() const;
  void check_silence(const std::string& symbol, Watch& watch, Clock::time_point now) const;

  feed::Protocol& protocol_;
  Patience patience_;
  std::map<std::string, Watch> watches_;
};

}  // namespace obkit::obsave
